"""MLflow's own server and client, run by the interpreter MLflow is installed for.

Serves a registry in the folder it is given, has a client log and register a model over HTTP, prints
the port, and serves until its standard input ends. The client is a process of its own: within one,
MLflow believes one address of its registry.
"""

import os
import subprocess
import sys
import threading


def serve(folder: str) -> None:
    os.environ.update(
        MLFLOW_DISABLE_TELEMETRY="true",
        _MLFLOW_SERVER_FILE_STORE=f"sqlite:///{folder}/mlflow.db",
        _MLFLOW_SERVER_ARTIFACT_ROOT="mlflow-artifacts:/",
        _MLFLOW_SERVER_ARTIFACT_DESTINATION=f"{folder}/mlartifacts",
        _MLFLOW_SERVER_SERVE_ARTIFACTS="true",
    )
    from mlflow.server import app  # it reads the environment
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    subprocess.run([sys.executable, __file__, address], check=True, stdin=subprocess.DEVNULL)
    print(server.server_port, flush=True)
    sys.stdin.read()


def log(address: str) -> None:
    import mlflow
    from sklearn.linear_model import LinearRegression

    mlflow.set_tracking_uri(address)
    with mlflow.start_run():
        model = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
        mlflow.sklearn.log_model(
            model, name="line", registered_model_name="line", pip_requirements=["scikit-learn"]
        )
    client = mlflow.MlflowClient()
    client.set_registered_model_alias("line", "champion", "1")
    client.set_model_version_tag("line", "1", "shape", "straight")
    client.update_registered_model("line", "A straight line.")


(log if sys.argv[1].startswith("http") else serve)(sys.argv[1])
