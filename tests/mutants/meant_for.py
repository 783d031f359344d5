"""For each law the mutant it is there to catch; `python -m tests.kill_matrix` shows all it does."""

from __future__ import annotations

__all__ = ["MEANT_FOR"]

MEANT_FOR = {
    "test_a_primitive_alone_has_the_right_partials": "tanh forgets the square",
    "test_a_primitive_is_right_on_a_grid_of_numbers": "log is clamped",
    "test_a_primitive_multiplies_by_the_upstream": "tanh ignores its upstream",
    "test_a_primitive_adds_to_what_its_operand_has": "tanh sets instead of adding",
    "test_a_primitive_at_special_values_does_what_floats_do": "log is clamped",
    "test_primals_are_those_of_the_expression": "2 - x computes x - 2",
    "test_adjoints_of_all_nodes_lie_in_their_balls": "recursion without an order",
    "test_gradients_agree_with_what_torch_said_of_recorded_expressions": (
        "a deep chain loses its sign"
    ),
    "test_an_operand_may_stand_on_both_sides": "a repeated operand of a sum counts once",
    "test_a_diamond_adds_what_comes_along_both_arms": "breadth first without a visited set",
    "test_a_ladder_of_diamonds_adds_all_its_paths": "recursion without an order",
    "test_a_fan_out_sums_over_all_uses": "the third use is lost",
    "test_distinct_nodes_of_equal_value_stay_distinct": "nodes of equal value are one",
    "test_a_chain_carries_the_gradient_to_its_start": "a deep chain loses its sign",
    "test_sharing_a_diamond_gives_the_same_gradient_as_repeating_it": (
        "every rule sets instead of adding"
    ),
    "test_the_order_of_operands_does_not_matter": "breadth first, each node once",
    "test_the_order_of_building_does_not_matter": "depth first before the operands",
    "test_products_obey_the_product_rule": "product exchanges its partials",
    "test_quotients_obey_the_quotient_rule": "quotient forgets the square of the divisor",
    "test_functions_of_functions_obey_the_chain_rule": "tanh ignores its upstream",
    "test_subtracting_is_adding_the_negative": "subtraction has the sign of addition",
    "test_dividing_is_multiplying_by_the_inverse": "power keeps its exponent",
    "test_a_square_is_a_product_with_itself": "power forgets its factor",
    "test_doubling_is_adding_to_itself": "sum sets instead of adding",
    "test_exp_and_log_undo_each_other": "log uses its result",
    "test_exp_of_a_sum_is_a_product_of_exps": "exp uses its operand",
    "test_log_of_a_product_is_a_sum_of_logs": "log is off by a thousandth",
    "test_tanh_is_odd": "tanh uses its operand",
    "test_relu_of_both_signs_is_the_identity": "relu leaks",
    "test_homogeneous_expressions_obey_eulers_theorem": "only leaves accumulate",
    "test_inserting_an_identity_changes_nothing": "0 + x is a new leaf",
    "test_the_taylor_remainder_shrinks_with_the_square_of_the_step": "tanh forgets the square",
    "test_the_gradient_is_the_transpose_of_the_tangent": "tanh has the rule of the sigmoid",
    "test_relu_at_zero_gives_a_subgradient": "relu at 0 hands on 2",
    "test_abs_at_zero_gives_a_subgradient": "abs divides by its operand",
    "test_beside_the_kink_relu_is_one_sided": "relu has its kink at 1",
    "test_both_sides_of_a_relu_are_right_inside_an_expression": (
        "relu tests the truth of its operand"
    ),
    "test_the_gradient_of_a_sum_is_the_sum_of_the_gradients": "every rule sets instead of adding",
    "test_scaling_the_output_scales_the_gradient": "gradients are clipped at 10",
    "test_a_zero_upstream_gives_zero": "tanh ignores its upstream",
    "test_scaling_by_a_power_of_two_is_exact": "gradients are clipped at 10",
    "test_any_sequence_of_operations_and_sweeps_agrees_with_a_model": "only leaves accumulate",
    "test_a_forward_sweep_leaves_gradients_alone": "building resets the gradients of operands",
    "test_a_backward_sweep_leaves_data_alone": "a sweep doubles the output",
    "test_repeating_an_expression_gives_identical_gradients": "every seventh sweep counts twice",
    "test_a_sweep_from_an_inner_node_reaches_only_its_ancestors": (
        "a sweep reaches everything that was ever built"
    ),
    "test_dead_branches_and_unused_leaves_get_nothing": (
        "a sweep reaches everything that was ever built"
    ),
    "test_two_outputs_over_shared_leaves_add_up_or_replace": "leaf gradients are reset now and then",
    "test_a_larger_sweep_after_a_smaller_one_is_right": "negative interior gradients stay",
    "test_augmented_assignment_makes_a_new_node": "augmented addition changes the node",
    "test_an_operation_that_raises_leaves_its_operands_usable": "log that raised keeps a gradient",
}
"""Mutant by law."""
