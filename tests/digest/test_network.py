"""Every client of the house takes the proxy and the certificates that the environment names, in whatever way."""

import dataclasses
import logging
import ssl
import threading

import pytest

from bot.slack.client import HTTP_ERRORS, Slack, SlackFailure
from bot.slack.response_url import respond
from bot.slack.socket_mode import GuardedClient, ReconnectBackoff, refuse_tls_proxy
from digest.errors import ConfigError, ModelError, PaperRouteError
from digest.http_client import NotReached, get_bytes, post_json
from digest.llm.anthropic import anthropic_client
from digest.llm.anthropic import model_exists as anthropic_has
from digest.llm.openai import model_exists, openai_client
from digest.mail.message import MailMessage
from digest.mail.smtp import Relay, SmtpTransport
from digest.network import exceptions, find_authorities, find_proxy, make_tls_context
from digest.openalex import OpenAlex
from digest.ports import SearchRequest
from digest.sources.arxiv.source import ArxivSource
from store.records.editions import Query
from tests.doubles.arxiv_server import ArxivServer, papers
from tests.doubles.llm_server import LlmServer
from tests.doubles.memory_pace import FakeTime, MemoryPace
from tests.doubles.openalex_server import OpenAlexServer, work
from tests.doubles.proxy_server import ProxyServer, TlsFront
from tests.doubles.relays import OnAnyPort
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import APP_TOKEN, BOT_TOKEN
from tests.factories.certificates import make_certificate
from tests.factories.llm import KEY, MODEL

DOI = "10.48550/arxiv.2610.00001"
VARIABLES = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
FAILURES = (PaperRouteError, NotReached, OSError, *HTTP_ERRORS)
HOST = "outside.example"  # which only a proxy can reach


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"), HOST)


def ask_arxiv(site):
    time = FakeTime()
    source = ArxivSource(
        user_agent="PaperRoute/0.1", pace=MemoryPace(time.clock), api_url=f"{site}/api/query", clock=time.clock
    )
    assert list(source.search(SearchRequest((Query(("pebbles",)),)), wait=time.wait))


def ask_openai(site):
    with openai_client(KEY, f"{site}/v1") as client:
        assert model_exists(client, MODEL["openai"])


def ask_anthropic(site):
    with anthropic_client(KEY, site) as client:
        assert anthropic_has(client, MODEL["anthropic"])


def ask_openalex(site):
    assert OpenAlex("paperroute", site, wait=lambda _: None).look_up([DOI])


def post_to_webhook(site):
    post_json(f"{site}/hook", {"text": "Hello."}, 20.0)


def fetch_certificate(site):
    assert get_bytes(f"{site}/api/query?search_query=all:pebbles", 20.0, 100)


def call_slack(site):
    Slack(BOT_TOKEN, f"{site}/api/", threading.Event()).call("auth.test")


def answer_slack_click(site):
    slack = Slack(BOT_TOKEN, f"{site}/api/", threading.Event())
    slack.post(f"{site}/api/auth.test", b"{}", {"Authorization": f"Bearer {BOT_TOKEN}"}, 20)


CLIENTS = {
    ask_arxiv: lambda: ArxivServer(papers(3)),
    ask_openai: LlmServer,
    ask_anthropic: LlmServer,
    ask_openalex: lambda: OpenAlexServer({DOI: work(7)}),
    post_to_webhook: LlmServer,
    fetch_certificate: lambda: ArxivServer(papers(3)),
    call_slack: SlackServer,
    answer_slack_click: SlackServer,
}
each_client = pytest.mark.parametrize("ask", CLIENTS, ids=lambda ask: ask.__name__)


@pytest.fixture
def port(ask):
    """Of the server that the client wants, without TLS."""
    with CLIENTS[ask]() as server:
        yield server._http.server_port


@pytest.fixture
def front(port, certificate):
    with TlsFront(port, certificate) as running:
        yield running


@pytest.mark.parametrize(
    ("variable", "part"),
    [
        ("SSL_CERT_FILE", "cert.pem"),
        ("ssl_cert_file", "cert.pem"),
        ("SSL_CERT_DIR", "hashed"),
        ("REQUESTS_CA_BUNDLE", "cert.pem"),
        ("REQUESTS_CA_BUNDLE", "hashed"),
        ("CURL_CA_BUNDLE", "cert.pem"),
    ],
)
@each_client
def test_an_authority_of_ones_own_is_believed(ask, front, certificate, monkeypatch, variable, part):
    monkeypatch.setenv(variable, certificate[0].replace("cert.pem", part))
    ask(f"https://127.0.0.1:{front.port}")


@each_client
def test_a_certificate_of_an_unknown_authority_is_refused(ask, front):
    with pytest.raises(FAILURES) as refused:
        ask(f"https://127.0.0.1:{front.port}")
    if isinstance(refused.value, ModelError):
        assert "TLS failed: self-signed certificate" in refused.value.message
    if isinstance(refused.value, ModelError) or ask is ask_arxiv:
        assert "SSL_CERT_FILE" in refused.value.hint


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@each_client
def test_a_proxy_is_gone_through(ask, front, certificate, monkeypatch, variable):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    with ProxyServer(front.port, login="ada:s3cr%et") as proxy:
        monkeypatch.setenv(variable, proxy.url.replace("%", "%25"))
        ask(f"https://{HOST}")
        assert {line.rpartition(" ")[0] for line in proxy.asked} == {f"CONNECT {HOST}:443"}


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
@each_client
def test_a_proxy_is_asked_for_plain_addresses_by_their_whole(ask, port, monkeypatch, variable):
    with ProxyServer(port) as proxy:
        monkeypatch.setenv(variable, proxy.url.removeprefix("http://"))
        ask(f"http://{HOST}")
        assert all(f" http://{HOST}/" in line for line in proxy.asked)
        assert proxy.asked


@pytest.mark.parametrize("exception", ["127.0.0.1", "127.0.0.0/8", "*", "other.example, 127.0.0.1"])
@each_client
def test_what_no_proxy_names_is_reached_without(ask, front, certificate, monkeypatch, exception):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    monkeypatch.setenv("no_proxy", exception)
    with ProxyServer(front.port, refuses=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        ask(f"https://127.0.0.1:{front.port}")
        assert proxy.asked == []


@each_client
def test_a_socks_proxy_is_told_at_once_and_by_its_variable(ask, port, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5h://ada:s3cret@127.0.0.1:1080")
    with pytest.raises(FAILURES) as refused:
        ask(f"http://{HOST}")
    assert "ALL_PROXY names a SOCKS proxy" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "tried" not in str(refused.value)
    assert getattr(refused.value, "permanent", True)


@each_client
def test_a_file_of_certificates_that_is_not_there_is_told_at_once(ask, port, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(FAILURES) as refused:
        ask(f"http://127.0.0.1:{port}")
    assert "REQUESTS_CA_BUNDLE names /nowhere/ca.pem" in str(refused.value)
    assert "tried" not in str(refused.value)


@each_client
def test_a_proxy_that_refuses_is_told_without_its_password(ask, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    with ProxyServer(1, login="ada:s3cret", refuses=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(FAILURES) as refused:
            ask(f"https://{HOST}")
    assert "s3cret" not in str(refused.value) + caplog.text
    if isinstance(refused.value, SlackFailure):
        assert not refused.value.uncertain, "nothing was sent"


def test_the_socket_of_slack_goes_through_a_proxy_that_wants_a_login(certificate, monkeypatch, caplog):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    with (
        SlackServer() as slack,
        TlsFront(slack._http.server_port, certificate) as front,
        ProxyServer(front.port, login="ada:s3cret") as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        quick = Slack(BOT_TOKEN, f"https://{HOST}/api/", threading.Event()).quick
        monkeypatch.setattr(
            slack.__class__, "_ticket", lambda self, make=SlackServer._ticket: make(self).replace("ws:", "wss:")
        )
        client = GuardedClient(
            pace=ReconnectBackoff(), app_token=APP_TOKEN, web_client=quick, logger=logging.getLogger("tests.network")
        )
        try:
            client.connect()
            assert client.is_connected()
        finally:
            client.close()
        assert proxy.asked[-1] == f"CONNECT 127.0.0.1:{slack._http.server_port} HTTP/1.0"
    assert "s3cret" not in caplog.text


def test_a_proxy_over_tls_is_refused_for_the_socket_of_slack(monkeypatch):
    monkeypatch.setenv("https_proxy", "https://ada:s3cret@proxy.example")
    with pytest.raises(ConfigError, match="https_proxy names a proxy over TLS") as refused:
        refuse_tls_proxy("https://slack.com/api/")
    assert "s3cret" not in str(refused.value)


@each_client
def test_a_proxy_may_be_reached_over_tls(ask, front, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    with ProxyServer(front.port) as proxy, TlsFront(proxy.port, certificate) as tls:
        monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{tls.port}")
        ask(f"https://{HOST}")
        assert proxy.asked


def test_a_click_in_slack_is_answered_through_the_proxy(slack, monkeypatch):
    with ProxyServer(slack._http.server_port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        respond(Slack(BOT_TOKEN, f"http://{HOST}/api/", threading.Event()), f"http://{HOST}/actions/T/1", "Hello.")
        assert proxy.asked == [f"POST http://{HOST}/actions/T/1 HTTP/1.1"]


class _Inbox:
    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 taken"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_mail_believes_the_same_authorities(certificate, monkeypatch, variable):
    letter = MailMessage("from@example.org", "to@example.org", "<1@example.org>", b"Subject: x\r\n\r\nend\r\n")
    context = make_server_context(certificate)
    controller = OnAnyPort(_Inbox(), hostname="127.0.0.1", port=0, tls_context=context, require_starttls=True)
    controller.start()
    try:
        transport = SmtpTransport(Relay("127.0.0.1", controller.port, "starttls"))
        assert "self-signed" in transport.post(letter).detail
        monkeypatch.setenv(variable, certificate[0])
        assert transport.post(letter).state == "sent"
        transport.close()
        monkeypatch.setenv(variable, "/nowhere/ca.pem")
        receipt = transport.post(letter)
        assert (receipt.state, receipt.blames) == ("retry", "relay")
        assert f"{variable} names /nowhere/ca.pem" in receipt.detail
    finally:
        controller.stop()


def make_server_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


PROXY = "http://proxy.example:3128"
THROUGH = {
    "https": ("https://arxiv.org/x", {"HTTPS_PROXY": PROXY}),
    "small letters": ("https://arxiv.org/", {"https_proxy": PROXY}),
    "small letters first": ("https://arxiv.org/", {"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}),
    "http": ("http://arxiv.org/", {"HTTP_PROXY": PROXY}),
    "all": ("http://arxiv.org/", {"ALL_PROXY": PROXY}),
    "the nearest": ("https://arxiv.org/", {"ALL_PROXY": "socks5://x", "HTTPS_PROXY": PROXY}),
    "a web socket": ("wss://slack.example/link", {"HTTPS_PROXY": PROXY}),
    "no scheme": ("https://arxiv.org/", {"HTTPS_PROXY": "proxy.example:3128"}),
    "a slash": ("https://arxiv.org/", {"HTTPS_PROXY": f"{PROXY}/"}),
    "an empty one": ("https://arxiv.org/", {"https_proxy": "", "HTTPS_PROXY": PROXY}),
    "another host": ("https://notarxiv.org/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "arxiv.org"}),
    "another port": ("https://arxiv.org/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "arxiv.org:8443"}),
    "another network": ("https://10.9.0.1/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.1.0.0/16"}),
    "a name is no network": ("https://a.example/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.1.0.0/16, ,."}),
}
WITHOUT = {
    "nothing set": ("https://arxiv.org/", {}),
    "the other scheme": ("http://arxiv.org/", {"HTTPS_PROXY": PROXY}),
    "empty": ("https://arxiv.org/", {"HTTPS_PROXY": " "}),
    "everything": ("https://arxiv.org/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}),
    "the host": ("https://arXiv.org/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "localhost,ARXIV.org"}),
    "below it": ("https://export.arxiv.org/", {"HTTPS_PROXY": PROXY, "no_proxy": "arxiv.org"}),
    "with a dot": ("https://export.arxiv.org/", {"HTTPS_PROXY": PROXY, "NO_PROXY": ".arxiv.org"}),
    "with a star": ("https://export.arxiv.org/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*.arxiv.org"}),
    "with blanks": ("https://arxiv.org/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "localhost arxiv.org"}),
    "the port": ("http://localhost:11434/v1", {"HTTP_PROXY": PROXY, "NO_PROXY": "localhost:11434"}),
    "the scheme's port": ("https://arxiv.org/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "arxiv.org:443"}),
    "a network": ("http://10.1.2.3/", {"HTTP_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}),
    "IPv6": ("http://[::1]:11434/", {"HTTP_PROXY": PROXY, "NO_PROXY": "::1"}),
    "IPv6 in brackets with a port": ("http://[::1]:11434/", {"HTTP_PROXY": PROXY, "NO_PROXY": "[::1]:11434"}),
    "a SOCKS proxy for others": ("http://localhost/", {"ALL_PROXY": "socks5://x:1", "NO_PROXY": "localhost"}),
}


@pytest.mark.parametrize("case", THROUGH)
def test_an_address_goes_through_the_proxy(case):
    url, environment = THROUGH[case]
    assert find_proxy(url, environment).url == PROXY


@pytest.mark.parametrize("case", WITHOUT)
def test_an_address_goes_without(case):
    url, environment = WITHOUT[case]
    assert find_proxy(url, environment) is None


@pytest.mark.parametrize(
    "value",
    ["socks5://x:1080", "SOCKS5H://x", "socks://x", "ftp://x", "http://", "http://x:y", "http://x:99999", "a b"],
)
def test_what_is_no_http_proxy_is_told_by_its_variable(value):
    with pytest.raises(ConfigError, match=r"^https_proxy names") as refused:
        find_proxy("https://arxiv.org/", {"https_proxy": value.replace("://", "://ada:s3cret@")})
    assert "s3cret" not in str(refused.value)
    assert refused.value.hint


def test_a_login_is_read_as_an_address_writes_it_and_shown_by_nothing():
    proxy = find_proxy("https://arxiv.org/", {"HTTPS_PROXY": "http://ada%40lab:s%3A3@proxy.example:3128"})
    assert proxy.login == ("ada@lab", "s:3")
    assert proxy.headers == {"Proxy-Authorization": "Basic YWRhQGxhYjpzOjM="}
    assert "s:3" not in repr(proxy) + str(proxy)
    assert "@" not in proxy.url
    assert dataclasses.replace(proxy, user="", password="").headers == {}


def test_the_first_named_authorities_count(certificate, tmp_path):
    file = certificate[0]
    assert (
        find_authorities({"SSL_CERT_FILE": file, "REQUESTS_CA_BUNDLE": "/nowhere"}).label == f"{file} (SSL_CERT_FILE)"
    )
    assert find_authorities({"CURL_CA_BUNDLE": file, "REQUESTS_CA_BUNDLE": ""}).variable == "CURL_CA_BUNDLE"
    assert find_authorities({"REQUESTS_CA_BUNDLE": str(tmp_path)}).folder == str(tmp_path)
    assert find_authorities({}).variable == ""


@pytest.mark.parametrize(
    ("content", "why"), [("", "holds no certificate"), ("words", "holds no certificate"), (None, "no such file")]
)
def test_a_file_that_holds_no_certificate_is_told(tmp_path, content, why):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match=why):
        make_tls_context({"SSL_CERT_FILE": str(file)})


def test_exceptions_are_shown_as_they_are_written():
    assert exceptions({"NO_PROXY": "localhost, .lab.example ,10.0.0.0/8"}) == (
        "localhost",
        ".lab.example",
        "10.0.0.0/8",
    )
