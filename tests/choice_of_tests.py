"""Which tests `scripts/test` leaves out, and which run with --long only."""

# What takes longest and rarely finds what no other test does: `scripts/test` leaves these out,
# CI and `scripts/test --all` do not. Beside them, backends that compile for seconds.
SLOW_BACKENDS = {"numba", "jax", "pytorch"}
SLOW = {
    "test_on_mnist",  # whole notebooks, beside those on a few synthetic digits
    "test_every_number_that_a_notebook_invites_to_change",
    "test_the_exercise_stops_kindly",
    "test_images_are_read_as_well_as_mnist",  # thousands of drawn photographs
    "test_photographs_are_read_as_well_as_drawings",
    "test_cropped_and_small_digits_of_mnist",
    "test_a_huge_jpeg_is_decoded_at_a_fraction",
    "test_training_gives_the_published_numbers",  # processes that compile the kernel anew
    "test_a_damaged_library_is_compiled_again",
    "test_trainings_at_once_into_one_empty_cache",
    "test_compiled_and_cached_code_agree",
    "test_jax_keeps_everything_on_the_device_that_was_asked_for",
    "test_pytorch_keeps_everything_on_a_gpu",
    "test_every_variant_computes_the_same",
    "test_same_command_same_bits",  # processes that compile on every backend
    "test_no_backend_prints_a_warning",
    "test_training_compiles_no_further_function",
    "test_whole_epochs_of_real_theano",  # of the MLP, half a minute each; first costs stay
    "test_a_whole_epoch_in_float32",
    "test_a_whole_epoch_of_lenet",
    "test_every_epoch_in_float32",  # 74 epochs on each backend; float64 stays
    "test_published_traces_lie_among_many_seeds",  # 99 trainings
    "test_the_statistic_tells_other_programs_apart",
    "test_killed_at_random_moments_and_resumed",  # at random; tests of named moments stay
    "test_killed_at_random_moments_of_the_command",
    "test_mutated_files",  # at random; hostile files made by hand stay
    "test_learning_rates_at_the_end_of_the_range",
    "test_sgd_restarts",
    "test_hostile_environment",
    "test_models_of_every_recipe",  # whole commands, beside quicker tests of their parts
    "test_epoch_74_of_mnist_is_a_call_of_82",
    "test_a_longer_run_is_a_resumed_shorter_one",
    "test_killed_between_any_two_steps_of_any_save",
    "test_a_disk_that_is_full_for_a_while",
    "test_odd_data",
}


# Where another test takes every backend through the same code: the backends that stay without
# --long. Compiling is nearly all that the others would do.
ENOUGH = {
    "test_float32": {"numpy", "jax"},  # float64 stays
    "test_float32_agrees_with_float64": {"numpy", "jax"},
    "test_first_costs_in_float32": {"numpy", "jax"},
    "test_every_epoch_in_float32": {"numpy", "c"},
    "test_results_and_gradients": {"numpy", "jax", "pytorch"},  # goldens; definitions stay
    "test_odd_convolutions": {"numpy", "numba", "jax", "pytorch"},
    "test_odd_poolings": {"numpy", "numba", "jax", "pytorch"},
    "test_shapes_that_do_not_fit": {"numpy", "numba", "jax", "pytorch"},
    "test_operations_on_every_backend": {"numpy", "c", "jax", "pytorch"},
    "test_where_the_shape_has_to_be_known": {"numpy", "jax", "pytorch"},
    "test_rows_that_are_not_all_there": {"numpy", "jax", "pytorch"},
    "test_every_spelling": {"numpy", "c", "jax", "pytorch"},
    "test_as_written": {"numpy", "c", "jax", "pytorch"},
    "test_training_on_plain_data": {"numpy", "c", "jax"},
    "test_sums_that_fit_nothing": {"numpy", "c", "pytorch"},
    "test_no_backend_prints_a_warning": {"numpy", "c", "jax"},  # processes
    "test_same_command_same_bits": {"numpy", "c", "jax"},
}
