#!/usr/bin/env python3
"""Sounds for the models that hear, made of formulas: no recording and no package is needed.

    sounds.py FOLDER

Writes tone.wav, 440 Hz between silences, and speech.wav, two phrases that a
source and a filter make (Fant, Acoustic Theory of Speech Production), both with
16,000 samples a second.
"""

import array
import math
import pathlib
import sys
import wave

RATE = 16_000
TONE_HZ = 440.0
# Where the sounds are, in seconds.
TONE = (0.5, 1.5)
# Begin and end of each phrase, and the pitch in Hz from which it falls.
PHRASES = ((0.8, 1.8, 140), (2.5, 3.5, 220))
SECONDS = {"tone": 2.0, "speech": 4.2}

# Formants of vowels in Hz: a, e, i, o, u (Peterson and Barney).
VOWELS = ((730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010), (570, 840, 2410),
          (300, 870, 2240))
BANDWIDTHS = (80.0, 110.0, 160.0)
SYLLABLE = 0.2


def uniform(count):
    """Numbers in [0, 1) from a linear congruence (Knuth's MMIX)."""
    state = 1
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 40) / 2**24


def noise(count):
    """Numbers in [-1, 1)."""
    return (2 * u - 1 for u in uniform(count))


def tone():
    samples = []
    for index, hiss in enumerate(noise(int(SECONDS["tone"] * RATE))):
        seconds = index / RATE
        sound = math.sin(2 * math.pi * TONE_HZ * seconds) * (TONE[0] <= seconds < TONE[1])
        samples.append(0.5 * sound + 1e-3 * hiss)
    return samples


def resonate(samples, formants):
    """Two-pole filters one after another; formants[n] are the frequencies at sample n."""
    for number, bandwidth in enumerate(BANDWIDTHS):
        radius = math.exp(-math.pi * bandwidth / RATE)
        before, last = 0.0, 0.0
        out = []
        for sample, frequencies in zip(samples, formants):
            turn = 2 * radius * math.cos(2 * math.pi * frequencies[number] / RATE)
            gain = 1 - turn + radius * radius
            before, last = last, gain * sample + turn * last - radius * radius * before
            out.append(last)
        samples = out
    return samples


def phrase(seconds, highest):
    """Pulses of a throat whose pitch falls, through vowels that glide into one another."""
    count = int(seconds * RATE)
    source, formants = [], []
    phase = 0.0
    for index, hiss in zip(range(count), noise(count)):
        now = index / RATE
        syllable, at = divmod(now / SYLLABLE, 1)
        pitch = highest - 25 * now / seconds + 12 * math.sin(2 * math.pi * 2.5 * now)
        phase = (phase + pitch / RATE) % 1
        # A pulse that opens slowly and closes at once; its derivative excites the filters.
        pulse = math.sin(math.pi * phase / 0.6) ** 2 if phase < 0.6 else 0.0
        loudness = min(1.0, 6 * at, 6 * (1 - at))
        breath = 0.5 * hiss * (at < 0.15)
        source.append(loudness * pulse + breath)
        this, other = (VOWELS[(int(syllable) + k) % len(VOWELS)] for k in (0, 1))
        glide = max(0.0, 2 * at - 1)
        formants.append([a + (b - a) * glide for a, b in zip(this, other)])
    edges = [b - a for a, b in zip([0.0, *source], source)]
    return resonate(edges, formants)


def speech():
    samples = [1e-4 * hiss for hiss in noise(int(SECONDS["speech"] * RATE))]
    for begin, end, highest in PHRASES:
        voice = phrase(end - begin, highest)
        scale = 0.5 / max(map(abs, voice))
        for index, sample in enumerate(voice, int(begin * RATE)):
            samples[index] += scale * sample
    return samples


MAKERS = {"tone": tone, "speech": speech}


def write(name, folder):
    """Writes NAME.wav into the folder and returns its path."""
    path = pathlib.Path(folder) / f"{name}.wav"
    data = array.array("h", (round(32767 * sample) for sample in MAKERS[name]()))
    if sys.byteorder == "big":
        data.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data.tobytes())
    return path


if __name__ == "__main__":
    for each in MAKERS:
        print(write(each, sys.argv[1]))
