"""The benefit report: what Nodewise would have saved against the choices of the OMS."""
