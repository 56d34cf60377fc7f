"""What a run leaves on disk, and how a stopped run resumes from it.

Every recipe but `cg` saves its progress in ``progress.npz``: every second or so, and at the
end. If a run is stopped or killed, ``--resume`` continues it; apart from timings, the finished
``trace.json`` and ``model.npz`` are bit-for-bit those of an uninterrupted run. `sgd` resumes
from its last whole epoch. A run that has ended can be made longer: ``tanh --iterations 200
--resume``. An `sgd` that stopped early cannot.

Without ``--resume`` a run starts from scratch. Earlier progress is kept as
``progress.earlier.npz`` (rename it to resume it) until the next such run, and a trace whose
model is overwritten as ``trace.earlier.json``.

=====================================  ================================================  ====
what happens                           what the run does                                 exit
=====================================  ================================================  ====
Ctrl-C                                 finishes the current step and saves               130
SIGTERM, as batch schedulers send it   the same                                          143
the terminal closes (SIGHUP)           the same                                          129
a second such signal                   ends at once; what was saved is whole             same
standard output is closed              continues without printing                        0
the disk is full                       continues, says so and tries again; if it is      2
                                       still full at the end, the last good files stay
another run is writing to the folder   does not start                                    2
the folder is read-only                does not start                                    2
the home is read-only or missing       keeps compiled code and digits in a temporary
                                       folder
=====================================  ================================================  ====

Files are written in one step: a reader finds the old file or the new one, never a part. A
killed run leaves temporary files, whose names end in ``.theano-tutorial``; the next run in that
folder deletes them. A run that writes to a folder holds a lock on the file ``.lock`` there,
which the system releases if the run is killed.

``trace.json`` has ``recipe``, ``dataset``, ``backend``, ``device``, ``dtype``, ``rewrites``,
``pixel_divisor``, ``seed``, the hyper-parameters (epochs as ``n_epochs``), ``threads``,
``kernel``, ``versions``, ``seconds`` (``data``, ``compile``, ``train``), ``interrupted`` and
both errors. Then `softmax` and `tanh` add ``log_likelihood``; `exercise` ``start_index``,
``cost``, ``accuracy``, ``before`` and ``after``; `sgd` and `cg` ``epochs``, ``epochs_run``,
``images_scored``, ``best_epoch`` and its errors; `sgd` also its patience; `mlp` and `lenet` all
that `sgd` does. ``progress.npz`` has each parameter, and what the optimizer keeps for it, as
``W``, ``initial_W`` and ``good_W``, and ``records_log_likelihood`` or the like; for `sgd`,
`mlp` and `lenet`, as ``W``, ``best_W`` and ``state_v_W``. Its ``metadata`` is JSON: ``setup``,
as in a trace, and ``state``, the rest of the recipe's `Progress`.

``--like TRACE.json`` repeats what a trace records: recipe, hyper-parameters, seed, dtype,
backend, rewrites, device, pixel divisor, dataset and number of threads. Options that contradict
it are refused; ``--output``, ``--plots``, ``--resume`` and ``--data-dir`` are free. The same
machine with the same versions gives the same bits; otherwise a line names what differs. The
last bits of a sum depend on how many threads share it: all cores, unless ``OMP_NUM_THREADS``
says otherwise, and ``NPROC`` for JAX; on a GPU they may differ each time.
"""
