"""What a run writes to disk, and how a stopped run resumes from it.

Every recipe but `cg` saves its progress in ``progress.npz``, about once a second and at the
end. If a run is stopped or killed, ``--resume`` continues it; apart from timings, the finished
``trace.json`` and ``model.npz`` are bit-for-bit those of an uninterrupted run. `sgd`, `mlp`
and `lenet` resume from the last whole epoch. A finished run can be made longer, as in ``tanh
--iterations 200 --resume``, but not one that stopped early because its patience ran out.

Without ``--resume`` a run starts from scratch. Earlier progress is then renamed
``progress.earlier.npz``, which the next such run overwrites (rename it back to resume it). A
trace whose model is overwritten is renamed ``trace.earlier.json``.

=====================================  ================================================  ====
what happens                           what the run does                                 exit
=====================================  ================================================  ====
Ctrl-C                                 finishes the current step and saves               130
SIGTERM, as batch schedulers send it   the same                                          143
the terminal closes (SIGHUP)           the same                                          129
a second such signal                   ends at once; all saved files stay intact         same
standard output is closed              continues without printing                        0
the disk is full                       continues, says so and tries again; if it is      2
                                       still full at the end, keeps the last good files
another run is writing to the folder   does not start                                    2
the folder is read-only                does not start                                    2
the home is read-only or missing       keeps compiled code and digits in a temporary
                                       folder
=====================================  ================================================  ====

Files are written in one step: a reader finds either the old file or the new one, never a part.
A killed run may leave temporary files, whose names end in ``.theano-tutorial``; the next run in
that folder deletes them. A run that writes to a folder holds a lock on the file ``.lock``
there, which the operating system releases if the run is killed.

``trace.json`` has ``recipe``, ``dataset``, ``backend``, ``device``, ``dtype``, ``rewrites``,
``pixel_divisor``, ``seed``, the hyper-parameters (epochs as ``n_epochs``), ``threads``,
``kernel``, ``versions``, ``seconds`` (``data``, ``compile``, ``train``), ``interrupted`` and
both errors. `softmax` and `tanh` add ``log_likelihood``; `exercise` adds ``start_index``,
``cost``, ``accuracy``, ``before`` and ``after``; `sgd` and `cg` add ``epochs``, ``epochs_run``,
``images_scored``, ``best_epoch`` and its errors. `sgd` also adds its patience, and `mlp` and
`lenet` all that `sgd` does. ``progress.npz`` has arrays for the parameters and the optimizer's
state: in `sgd`, `mlp` and `lenet`, such as ``W``, ``best_W`` and ``state_v_W``; in the others,
such as ``W``, ``initial_W`` and ``good_W``, and records such as ``records_log_likelihood``. Its
``metadata`` is JSON: ``setup``, as in a trace, and ``state``, the rest of the recipe's
`Progress`.

``--like TRACE.json`` repeats what a trace records: recipe, hyper-parameters, seed, dtype,
backend, rewrites, device, pixel divisor, dataset and number of threads. Options that contradict
the trace are refused; ``--output``, ``--plots``, ``--resume`` and ``--data-dir`` may be chosen
freely. The same machine with the same versions gives the same bits; otherwise a line names what
differs. The last bits of a sum depend on the number of threads that share it: all cores, unless
``OMP_NUM_THREADS`` (or ``NPROC`` for JAX) says otherwise. On a GPU, they may differ from run to
run.
"""
