"""What is computed: expressions, the primitives in them, and expressions made from others."""
