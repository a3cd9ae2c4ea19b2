"""What rules mean on real sources, construct by construct; expected values are computed by hand."""
