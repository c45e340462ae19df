"""A gRPC client that knows only the .proto files of Vitae.

Reads one call from each line of stdin, as JSON: {"address", "package", "service", "method", "request", "metadata"}.
Writes one line of JSON for each call: {"code", "response"} for a unary call, {"code", "responses"} for a stream.
"""

import importlib
import json
import sys
import tempfile
from pathlib import Path

import grpc
from google.protobuf import json_format
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

SECONDS = 20
# A stream that stays open is read up to this many messages.
MESSAGES = 2


def compile_protos(protos: Path) -> None:
    generated = tempfile.mkdtemp()
    files = [str(path) for path in sorted(protos.rglob("*.proto"))]
    options = [f"-I{protos}", f"--python_out={generated}", f"--grpc_python_out={generated}"]
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    if protoc.main(["protoc", *options, f"-I{well_known}", *files]) != 0:
        sys.exit("the .proto files do not compile")
    sys.path.insert(0, generated)


def reflect(channel: grpc.Channel) -> dict:
    return {"code": "OK", "response": sorted(ProtoReflectionDescriptorDatabase(channel).get_services())}


def invoke(channel: grpc.Channel, call: dict) -> dict:
    if call["package"] == "grpc.health.v1":
        messages, services = health_pb2, importlib.import_module("grpc_health.v1.health_pb2_grpc")
    else:
        module = f"{call['package']}.{call['package'].split('.')[-2]}"
        messages = importlib.import_module(f"{module}_pb2")
        services = importlib.import_module(f"{module}_pb2_grpc")
    described = messages.DESCRIPTOR.services_by_name[call["service"]].methods_by_name[call["method"]]
    request = getattr(messages, described.input_type.name)()
    json_format.ParseDict(call["request"], request)
    method = getattr(getattr(services, f"{call['service']}Stub")(channel), call["method"])
    response = method(request, timeout=SECONDS, metadata=list(call["metadata"].items()))
    if not described.server_streaming:
        return {"code": "OK", "response": json_format.MessageToDict(response)}
    responses = [json_format.MessageToDict(message) for message, _ in zip(response, range(MESSAGES))]
    return {"code": "OK", "responses": responses}


def handle(call: dict) -> dict:
    with grpc.insecure_channel(call["address"]) as channel:
        try:
            return reflect(channel) if call["method"] == "reflect" else invoke(channel, call)
        except grpc.RpcError as error:
            return {"code": error.code().name, "detail": error.details()}


def main() -> None:
    compile_protos(Path(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(handle(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
