"""Voices: espeak-ng really speaks; the optional ones say clearly what is missing."""

import array
import sys
import threading
import wave
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from loa.speech.normalise import spoken
from loa.speech.sentences import LONGEST_CHARACTERS, sentences_of
from loa.speech.voices import VoiceFailed, VoiceUnavailable, voice_get

TEXT = "Kính thưa bà con. Chiều nay, lúc bốn giờ, xã họp dân.\nMời bà con đến dự."


def loudest(pcm: bytes) -> int:
    return max(map(abs, array.array("h", pcm)))


def test_espeak_writes_a_wav_of_the_length_it_says(tmp_path: Path) -> None:
    told: list[float] = []
    out = tmp_path / "voice.wav"
    result = voice_get().synthesise(TEXT, out=out, progress=told.append)
    with wave.open(str(out)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getframerate() == result.sample_rate_hz
        assert file.getnframes() / file.getframerate() == pytest.approx(result.seconds)
        assert loudest(file.readframes(file.getnframes())) > 3_000
    assert 4 < result.seconds < 12
    assert told == sorted(told)
    assert told[-1] == 1


def test_espeak_keeps_a_pace_for_loudspeakers(tmp_path: Path) -> None:
    words = spoken("Từ 7g00 ngày 07/9, bà con ở trong nhà cho đến khi có thông báo mới. " * 5).text
    result = voice_get().synthesise(words, out=tmp_path / "v.wav")
    assert 140 < len(words.split()) / result.seconds * 60 < 200


def test_the_first_sentence_comes_by_itself() -> None:
    sounds = voice_get().sentences(TEXT)
    first = next(sounds)
    assert loudest(first.pcm) > 3_000
    assert len(list(sounds)) == 2


def test_the_six_tones_are_six_sounds() -> None:
    voice = voice_get()
    assert len({voice.speak(word) for word in ("ma", "mà", "má", "mả", "mã", "mạ")}) == 6


def test_decomposed_letters_are_spoken_like_composed_ones() -> None:
    voice = voice_get()
    decomposed, composed = voice.speak("Đu\u031bo\u031b\u0300ng"), voice.speak("Đường")
    assert abs(len(decomposed) - len(composed)) < 200


def test_many_threads_get_each_their_own_sound() -> None:
    voice = voice_get()
    texts = ["một hai ba", "bốn năm sáu bảy", "tám"] * 4
    alone = {text: len(voice.speak(text)) for text in set(texts)}
    heard: list[tuple[str, int]] = []

    def work(text: str) -> None:
        heard.append((text, len(voice_get().speak(text))))

    threads = [threading.Thread(target=work, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(heard) == len(texts)
    assert all(abs(length - alone[text]) < 2_000 for text, length in heard)


@pytest.mark.parametrize("nothing", ["", " \n", "...", "?! ,"])
def test_nothing_to_say_is_told(tmp_path: Path, nothing: str) -> None:
    with pytest.raises(VoiceFailed, match="Chưa có lời"):
        voice_get().synthesise(nothing, out=tmp_path / "v.wav")
    assert not list(tmp_path.iterdir())


def test_a_stop_from_outside_leaves_no_file(tmp_path: Path) -> None:
    def stop(_done: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        voice_get().synthesise(TEXT, out=tmp_path / "v.wav", progress=stop)
    assert not list(tmp_path.iterdir())


def test_sentences_keep_every_word_and_are_not_too_long() -> None:
    text = "một " * 500 + "hết. Hai!\n\nBa, " + "bốn, " * 200 + "năm"
    parts = list(sentences_of(text))
    assert " ".join(part.text for part in parts).split() == text.split()
    assert max(len(part.text) for part in parts) <= LONGEST_CHARACTERS
    assert all(part.pause_s > 0 for part in parts)


def test_an_unknown_voice_is_told_with_those_there_are() -> None:
    with pytest.raises(VoiceUnavailable, match="espeak, sherpa, piper"):
        voice_get("nobody")


@pytest.mark.parametrize(("name", "module"), [("sherpa", "sherpa_onnx"), ("piper", "piper")])
def test_an_optional_voice_says_what_is_missing(
    name: str, module: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(f"LOA_VOICE_{name.upper()}", raising=False)
    if find_spec(module) is None:
        with pytest.raises(VoiceUnavailable, match=rf"loa\[{name}\]"):
            voice_get(name)
        return
    with pytest.raises(VoiceUnavailable, match=f"LOA_VOICE_{name.upper()}"):
        voice_get(name)
    with pytest.raises(VoiceUnavailable, match="Không thấy mô hình"):
        voice_get(name, model=tmp_path / "none")
    with pytest.raises(VoiceUnavailable, match=r"cần đúng một tệp \*\.onnx"):
        voice_get(name, model=tmp_path)


def stand_in(name: str, **contents: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(contents)
    return module


def model_folder(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).touch()
    return folder


def test_sherpa_speaks_what_its_engine_gives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The package's own interface, stood in for, as no model can be shipped."""
    given: dict[str, object] = {}

    def vits(**settings: str) -> SimpleNamespace:
        given.update(settings)
        return SimpleNamespace()

    engine = SimpleNamespace(
        sample_rate=16_000,
        generate=lambda text: SimpleNamespace(samples=[0.5, -2.0, 0.0] * 100, sample_rate=16_000),
    )
    monkeypatch.setitem(
        sys.modules,
        "sherpa_onnx",
        stand_in(
            "sherpa_onnx",
            OfflineTtsVitsModelConfig=vits,
            OfflineTtsModelConfig=SimpleNamespace,
            OfflineTtsConfig=lambda model: SimpleNamespace(validate=lambda: True),
            OfflineTts=lambda config: engine,
        ),
    )
    folder = model_folder(tmp_path, "vi.onnx", "tokens.txt")
    voice = voice_get("sherpa", model=folder)
    assert given["model"] == str(folder / "vi.onnx")
    assert voice.sample_rate_hz == 16_000
    assert list(array.array("h", voice.speak("một"))[:3]) == [16_384, -32_767, 0]


def test_piper_speaks_what_its_engine_gives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The package's own interface, stood in for, as no model can be shipped."""
    engine = SimpleNamespace(
        config=SimpleNamespace(sample_rate=22_050),
        synthesize=lambda text: [SimpleNamespace(audio_int16_bytes=b"ab")] * 2,
    )
    loader = SimpleNamespace(load=lambda path: engine)
    monkeypatch.setitem(sys.modules, "piper", stand_in("piper", PiperVoice=loader))
    folder = model_folder(tmp_path, "vi.onnx", "vi.onnx.json")
    monkeypatch.setenv("LOA_VOICE_PIPER", str(folder / "vi.onnx"))
    assert voice_get("piper").speak("một") == b"abab"


def test_piper_without_its_settings_file_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "piper", stand_in("piper"))
    with pytest.raises(VoiceUnavailable, match=r"vi\.onnx\.json"):
        voice_get("piper", model=model_folder(tmp_path, "vi.onnx"))
