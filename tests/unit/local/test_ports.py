"""A data directory keeps its ports as long as they are free, and nothing it remembers can stop a start."""

import secrets
from pathlib import Path

import pytest

from cli.local.free_ports import PortBook, bound, free_ports, is_free


def test_ports_chosen_together_differ_and_are_free() -> None:
    ports = free_ports(30)
    assert len(set(ports)) == 30
    assert all(is_free(port) for port in ports)


def test_a_port_that_comes_up_twice_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = free_ports(2)
    drawn = iter([first, first, second])
    monkeypatch.setattr(secrets, "choice", lambda _: next(drawn))
    assert free_ports(2) == [first, second]


def test_a_port_in_use_is_not_free() -> None:
    port = free_ports(1)[0]
    held = bound(port)
    assert held is not None
    with held:
        held.listen()
        assert not is_free(port)


def test_the_same_names_get_the_same_ports_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    assert PortBook(file).take("mail", "smtp") == PortBook(file).take("mail", "smtp")


def test_a_remembered_port_that_is_taken_now_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    mail, smtp = PortBook(file).take("mail", "smtp")
    held = bound(mail)
    assert held is not None
    with held:
        held.listen()
        new_mail, same_smtp = PortBook(file).take("mail", "smtp")
    assert new_mail != mail
    assert same_smtp == smtp
    assert PortBook(file).take("mail") == [new_mail]


@pytest.mark.parametrize("text", ["", "no json", "[1]", '{"mail": "x"}', '{"mail": 0}', '{"mail": 70000}'])
def test_a_spoilt_book_is_started_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ports.json"
    file.write_text(text)
    (port,) = PortBook(file).take("mail")
    assert is_free(port)


def test_addresses_of_an_earlier_start_are_known_again(tmp_path: Path) -> None:
    """A shell that read the address file of this data directory names no server of its own."""
    file = tmp_path / "ports.json"
    [port] = PortBook(file).take("postgres")
    book = PortBook(file)
    assert book.holds(f"postgresql://user:word@127.0.0.1:{port}/db")
    assert book.holds(f"127.0.0.1:{port}")
    for other in (f"postgresql://db.example.com:{port}/db", f"127.0.0.1:{port + 1}", "", "nonsense", "a:b:c"):
        assert not book.holds(other)
