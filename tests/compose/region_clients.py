"""Questions to the name server, from any address of the network of regions."""

import base64

import dns.edns
import dns.message
import dns.query
import dns.rdatatype

from stack.compose import PROJECT, docker

NAME, PORT = "www.sightline.test", 5300
ASK_S = 5
SEND = f"""
import base64, socket, sys
link = socket.create_connection((sys.argv[1], {PORT}), {ASK_S})
question = base64.b64decode(sys.argv[2])
link.sendall(len(question).to_bytes(2) + question)
answer = link.makefile("rb")
print(base64.b64encode(answer.read(int.from_bytes(answer.read(2)))).decode())
"""


def question(subnet: str | None = None) -> dns.message.Message:
    """For the edges' name; `subnet`: of the client, as a resolver tells it (RFC 7871)."""
    options = []
    if subnet is not None:
        address, length = subnet.split("/")
        options = [dns.edns.ECSOption(address, int(length))]
    return dns.message.make_query(NAME, "A", use_edns=0, options=options)


def told_resolver(server: str, subnet: str) -> str:
    """The edge for a client in `subnet`, as this machine is answered."""
    return _address(dns.query.udp(question(subnet), server, timeout=ASK_S, port=PORT))


def told_client(server: str, address: str, image: str, subnet: str | None = None) -> str:
    """The edge for a client with that address, a container that asks by itself."""
    asked = base64.b64encode(question(subnet).to_wire()).decode()
    printed = docker(
        *("run", "--rm", "--network", f"{PROJECT}_regions", "--ip", address),
        *("--entrypoint", "python", image, "-c", SEND, server, asked),
    )
    return _address(dns.message.from_wire(base64.b64decode(printed)))


def _address(answer: dns.message.Message) -> str:
    (record,) = (one for one in answer.answer if one.rdtype == dns.rdatatype.A)
    (address,) = record
    return str(address)
