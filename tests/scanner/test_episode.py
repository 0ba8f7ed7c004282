from __future__ import annotations

from firmware.model import Unread, Word
from firmware.scanner.episode import GAP_S, PATIENCE_S, UnreadEpisodes


def play(episodes: UnreadEpisodes, begin_s: float, end_s: float, *causes: Word) -> list[Unread]:
    """Unread at every tenth of a second from begin to end, with these causes by turns."""
    told = []
    for tick in range(round((end_s - begin_s) * 10) + 1):
        unread = episodes.unread(causes[tick % len(causes)], begin_s + tick / 10)
        if unread is not None:
            told.append(unread)
    return told


def test_nothing_is_said_before_a_person_had_time_to_hold_still() -> None:
    assert play(UnreadEpisodes(), 0.0, PATIENCE_S - 0.1, Word.GLARE) == []


def test_an_episode_is_told_once_with_its_cause() -> None:
    (told,) = play(UnreadEpisodes(), 0.0, 20.0, Word.GLARE)
    assert told.cause is Word.GLARE
    assert PATIENCE_S <= told.monotonic_s < PATIENCE_S + 0.2


def test_the_commonest_cause_is_the_one() -> None:
    (told,) = play(UnreadEpisodes(), 0.0, 3.0, Word.MOVING, Word.TOO_FAR, Word.TOO_FAR)
    assert told.cause is Word.TOO_FAR


def test_a_read_ends_the_episode_and_time_begins_again() -> None:
    episodes = UnreadEpisodes()
    play(episodes, 0.0, PATIENCE_S - 0.1, Word.GLARE)
    episodes.read()
    assert play(episodes, PATIENCE_S, 2 * PATIENCE_S - 0.1, Word.BLURRED) == []
    assert [told.cause for told in play(episodes, 2 * PATIENCE_S, 4.0, Word.BLURRED)] == [Word.BLURRED]


def test_a_code_taken_away_and_shown_again_is_another_episode() -> None:
    episodes = UnreadEpisodes()
    assert len(play(episodes, 0.0, 5.0, Word.GLARE)) == 1
    assert len(play(episodes, 5.0 + GAP_S + 0.1, 10.0, Word.GLARE)) == 1


def test_a_short_blink_of_detection_does_not_begin_it_anew() -> None:
    episodes = UnreadEpisodes()
    assert play(episodes, 0.0, 1.0, Word.GLARE) == []
    assert len(play(episodes, 1.0 + GAP_S - 0.1, 3.0, Word.GLARE)) == 1
