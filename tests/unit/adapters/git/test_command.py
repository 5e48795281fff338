"""Git runs as we say and knows nothing of who started us."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from foretaste.adapters.git.command import EMPTY_TREE, Call, Git, failure
from foretaste.adapters.git.conversation import Answers, Conversation, ConversationEndedError
from foretaste.adapters.git.shelf import Shelf
from foretaste.ports.errors import PermanentError, TransientError


@pytest.fixture(name="repository")
def repository_fixture(tmp_path: Path) -> Path:
    return Shelf(tmp_path / "git").create("p")


def test_the_caller_cannot_steer_git(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Shelf(tmp_path / "other").create("p")
    (tmp_path / "config").write_text("[alias]\n\tevil = !touch reached\n", encoding="utf-8")
    steering = {
        "GIT_DIR": str(other),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "config"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "alias.evil",
        "GIT_CONFIG_VALUE_0": "!touch reached",
        "GIT_TRACE": str(tmp_path / "trace"),
    }
    for name, value in steering.items():
        monkeypatch.setenv(name, value)

    git = Git()

    assert git.run(repository, "rev-parse", "--absolute-git-dir") == str(repository.resolve())
    with pytest.raises(PermanentError, match="evil"):
        git.run(repository, "evil")
    assert not list(tmp_path.rglob("reached"))
    assert not (tmp_path / "trace").exists()


def test_without_git_there_is_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PermanentError, match="FT301"):
        Git()


def test_a_failure_tells_what_git_said(repository: Path) -> None:
    with pytest.raises(PermanentError, match=r"FT301: git cat-file: .*Not a valid object name"):
        Git().run(repository, "cat-file", "commit", "nope")


def test_a_status_can_be_an_answer(repository: Path) -> None:
    outcome = Git().ask(repository, Call(arguments=("cat-file", "-e", EMPTY_TREE), statuses=(0, 1)))

    assert outcome.status in {0, 1}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("fatal: write error: No space left on device", TransientError),
        ("Unable to create '/x/refs/heads/main.lock': File exists.", TransientError),
        ("fatal: bad object", PermanentError),
    ],
)
def test_what_may_pass_is_told_from_what_will_not(said: str, kind: type[Exception]) -> None:
    assert isinstance(failure(said, Path("x")), kind)


def test_git_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="could not be started"):
        Git().run(tmp_path / "nowhere", "version")


ECHO = "import sys\nfor line in sys.stdin:\n    print(line.strip() * 2, flush=True)\n"
DIES = "import sys\nsys.stdin.readline()\nsys.exit('enough')\n"


@pytest.fixture(name="talk")
def talk_fixture(tmp_path: Path) -> Callable[[str], Conversation]:
    return lambda program: Conversation([sys.executable, "-c", program], tmp_path, dict(os.environ))


def test_a_conversation_goes_on(talk: Callable[[str], Conversation]) -> None:
    conversation = talk(ECHO)

    said = [conversation.ask(f"{n}\n".encode(), Answers.line) for n in range(3)]
    exact = conversation.ask(b"ab\n", lambda answers: answers.exactly(5))
    conversation.close()

    assert said == [b"00", b"11", b"22"]
    assert exact == b"abab\n"


def test_a_conversation_that_ended_begins_anew(talk: Callable[[str], Conversation]) -> None:
    conversation = talk(DIES)

    for _ in range(2):
        with pytest.raises(ConversationEndedError, match="enough"):
            conversation.ask(b"x\n", Answers.line)


def test_a_closed_conversation_answers_again(talk: Callable[[str], Conversation]) -> None:
    conversation = talk(ECHO)
    conversation.ask(b"a\n", Answers.line)
    conversation.close()

    assert conversation.ask(b"b\n", Answers.line) == b"bb"
    conversation.close()


def test_a_reader_that_fails_ends_the_conversation(talk: Callable[[str], Conversation]) -> None:
    conversation = talk(ECHO)

    def fail(answers: Answers) -> bytes:
        raise ValueError(answers.line())

    with pytest.raises(ValueError, match="aa"):
        conversation.ask(b"a\n", fail)
    assert conversation.ask(b"b\n", Answers.line) == b"bb"
    conversation.close()


def test_no_answer_in_time_is_transient(
    talk: Callable[[str], Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foretaste.adapters.git.conversation.ANSWER_SECONDS", 0.05)

    with pytest.raises(TransientError, match="did not answer"):
        talk("import sys\nsys.stdin.read()\n").ask(b"x\n", Answers.line)


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    conversation = Conversation([str(tmp_path / "nothing")], tmp_path, {})

    with pytest.raises(PermanentError, match="could not be started"):
        conversation.ask(b"x\n", Answers.line)
