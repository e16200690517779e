"""MLflow's model registry, read without MLflow: its database, its folder, its server."""
