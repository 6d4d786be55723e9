"""The routes, a file for each thing that they are about. They decide nothing themselves."""
