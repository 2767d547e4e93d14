"""Which URLs and addresses are called at all, decided from their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.egress_addresses import check_address, check_url, networks, parse_url
from app.kit.egress_errors import EgressForbidden, ErrorClass

LOOPBACK = networks(["127.0.0.0/8"])


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "query"),
    [
        ("https://example.com", "example.com", 443, "/", ""),
        ("http://example.com/a/b?x=1&y=%20#frag", "example.com", 80, "/a/b", "x=1&y=%20"),
        ("HTTPS://EXAMPLE.com:8443/", "example.com", 8443, "/", ""),
        ("https://example.com:/h", "example.com", 443, "/h", ""),
        ("https://example.com./h", "example.com", 443, "/h", ""),
        ("https://bücher.example/ü?ö", "xn--bcher-kva.example", 443, "/%C3%BC", "%C3%B6"),
        ("https://my_service.example/h", "my_service.example", 443, "/h", ""),
        ("https://8.8.8.8/h", "8.8.8.8", 443, "/h", ""),
        ("https://８.8.8.8/h", "8.8.8.8", 443, "/h", ""),
        ("https://[2606:4700::1111]:8080/h", "2606:4700::1111", 8080, "/h", ""),
        ("https://1.example.com/h", "1.example.com", 443, "/h", ""),
        ("https://example.com/http://127.0.0.1/@", "example.com", 443, "/http://127.0.0.1/@", ""),
    ],
)
def test_a_public_url_is_taken_apart(url: str, host: str, port: int, path: str, query: str) -> None:
    target = check_url(url, ())
    assert (target.host, target.port, target.path, target.query) == (host, port, path, query)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://Example.com", "https://example.com:443/"),
        ("http://[2606:4700:0::1111]/h?x", "http://[2606:4700::1111]:80/h?x"),
        ("https://bücher.example./ü", "https://xn--bcher-kva.example:443/%C3%BC"),
    ],
)
def test_every_target_has_one_spelling_that_reads_the_same_again(url: str, written: str) -> None:
    target = check_url(url, ())
    assert target.url == written
    assert check_url(written, ()) == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "gopher://example.com",
        "javascript:alert(1)",
        "https:/example.com",
        "https:example.com",
        "https://",
        "https:///path",
        "https://:443/",
        "https://user@example.com",
        "https://user:pass@example.com",
        "https://example.com@127.0.0.1",
        "https://example.com\\@127.0.0.1",
        "https://exa mple.com",
        " https://example.com",
        "https://example.com\n",
        "https://example.com/a b",
        "https://example.com\x00.evil",
        "https://example.com/\ud800",
        "https://example\u200b.com",
        "https://exam%70le.com",
        "https://example..com",
        "https://.example.com",
        "https://example.com..",
        "https://-example.com",
        "https://" + "a" * 64 + ".com",
        "https://" + "a." * 127 + "com",
        "https://example.com/" + "a" * 2048,
        "https://example.com:http",
        "https://example.com:-1",
        "https://example.com:+443",
        "https://example.com:443:443",
        "https://example.com:99999",
        "https://example.com:٤٤٣",
        "https://[::1",
        "https://::1/",
        "https://[::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.a]/",
        "https://[example.com]/",
        "https://[127.0.0.1]/",
        "https://xn--/",
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(EgressForbidden) as refused:
        check_url(url, LOOPBACK)
    assert refused.value.kind == ErrorClass.FORBIDDEN_URL
    assert refused.value.message


@pytest.mark.parametrize("port", [0, 1, 21, 22, 25, 53, 110, 445, 993, 1023, 3306, 5432, 6379])
def test_ports_where_a_request_can_harm_are_refused(port: int) -> None:
    with pytest.raises(EgressForbidden, match=f"port {port} "):
        check_url(f"http://127.0.0.1:{port}/", LOOPBACK)


@pytest.mark.parametrize("port", [80, 443, 1024, 3000, 8000, 8080, 8443, 65535])
def test_ports_where_web_servers_listen_are_called(port: int) -> None:
    assert check_url(f"http://example.com:{port}/", ()).port == port


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost.", "a.localhost", "ｌocalhost"]
)
def test_localhost_is_refused_by_name_unless_loopback_is_open(host: str) -> None:
    with pytest.raises(EgressForbidden):
        check_url(f"http://{host}/", ())
    assert check_url(f"http://{host}/", LOOPBACK).address is None


FORBIDDEN = """
0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.255.255.255
168.63.129.16 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0
192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255
198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0
255.255.255.255
:: ::1 ::7f00:1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::1
100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 ff0e::1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0
192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
2000:: 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111 2a00:1450:4001::1 3ffe:ffff::1
"""


@pytest.mark.parametrize("address", FORBIDDEN.split())
def test_every_special_network_is_refused_from_its_first_to_its_last(address: str) -> None:
    with pytest.raises(EgressForbidden) as refused:
        check_address(address, ())
    assert refused.value.kind == ErrorClass.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("address", PUBLIC.split())
def test_the_public_neighbours_of_special_networks_are_called(address: str) -> None:
    check_address(address, ())


@pytest.mark.parametrize("address", ["", "name", "127.1", "0x7f.0.0.1", "1.2.3.4.5", "127.0.0.01"])
def test_what_a_resolver_should_not_say_is_refused(address: str) -> None:
    with pytest.raises(EgressForbidden):
        check_address(address, LOOPBACK)


def test_the_allow_list_opens_what_it_names_and_nothing_more() -> None:
    check_address("127.9.9.9", LOOPBACK)
    for address in ("::1", "::ffff:127.0.0.1", "10.0.0.1", "128.0.0.0.", "2002:7f00:1::"):
        with pytest.raises(EgressForbidden):
            check_address(address, LOOPBACK)
    check_address("fd00::1", networks(["fc00::/7"]))


@pytest.mark.parametrize("text", ["127.0.0.1/8", "localhost", "10.0.0.0/33"])
def test_an_allow_list_with_a_mistake_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        networks([text])


def test_an_allow_list_may_be_empty() -> None:
    assert networks([""]) == ()


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}/", f"http://example.com/{text}"):
        try:
            target = parse_url(url)
        except EgressForbidden:
            continue
        assert target.host.isascii()
        assert target.path.isascii()


@given(st.ip_addresses())
def test_no_literal_leads_where_the_address_alone_may_not(address: object) -> None:
    literal = f"[{address}]" if ":" in str(address) else str(address)

    def refused(check: object, *arguments: object) -> bool:
        assert callable(check)
        try:
            check(*arguments)
        except EgressForbidden:
            return True
        return False

    assert refused(check_url, f"http://{literal}/", ()) == refused(check_address, str(address), ())
