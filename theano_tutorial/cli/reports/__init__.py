"""What each kind of recipe prints and draws, in the tutorials' own words."""

from theano_tutorial.cli.reports.base import Report
from theano_tutorial.cli.reports.convolutional import LeNetReport
from theano_tutorial.cli.reports.exercise import ExerciseReport
from theano_tutorial.cli.reports.full_batch import FullBatchReport
from theano_tutorial.cli.reports.minibatch import CgReport, MlpReport, SgdReport

__all__ = ["KINDS", "Report"]

KINDS: dict[str, type[Report]] = {
    "full_batch": FullBatchReport,
    "sgd": SgdReport,
    "mlp": MlpReport,
    "lenet": LeNetReport,
    "cg": CgReport,
    "exercise": ExerciseReport,
}
