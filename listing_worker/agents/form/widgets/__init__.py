"""The widgets: one file per kind of control. Each function puts one planned value in and says by which candidate."""
