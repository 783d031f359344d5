"""Three independent answers to what the gradients are; none contains a reverse sweep of ours."""
