"""The inspection graph: state, context, nodes, routes."""
