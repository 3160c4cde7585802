"""What cannot be read as HTTP at all is refused as everything else is: as a problem (RFC 9457)."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from sightline_contracts.problems import BadRequest


class Protocol(HttpToolsProtocol):
    """uvicorn's, which says it in a line of text. Of such a request there is neither an address nor
    an id."""

    def send_400_response(self, msg: str) -> None:
        answer = BadRequest(msg).response("/")
        headers = [*answer.raw_headers, (b"connection", b"close")]
        lines = [b"%b: %b\r\n" % header for header in headers]
        self.transport.write(b"".join([STATUS_LINE[400], *lines, b"\r\n", bytes(answer.body)]))
        self.transport.close()
