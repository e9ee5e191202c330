"""Deep operations against OpenImageIO.

oiio_deep.py DEEP FLAT MERGED HELD...   four files each: the source, and what was made of it: flattened, merged with itself, held out by itself
One line a source: name, worst relative difference of the flattened channels that are no ids (pixels with samples at equal depths left out), pixels
whose merged and held-out sample counts differ, worst difference of the merged images when OpenImageIO flattens both.
"""
import sys

import numpy as np
import OpenImageIO as oiio


def counts(buf):
    deep = buf.deepdata()
    return [deep.samples(i) for i in range(deep.pixels)]


def same_depths(buf):
    """Pixels with two samples at one depth: OpenImageIO composites them in file order, the standard merges them."""
    deep, names = buf.deepdata(), buf.spec().channelnames
    z = names.index("Z")
    out = np.zeros(deep.pixels, bool)
    for i in range(deep.pixels):
        depths = [deep.deep_value(i, z, s) for s in range(deep.samples(i))]
        out[i] = len(set(depths)) < len(depths) or depths != sorted(depths)
    return out.reshape(buf.spec().height, buf.spec().width)


def main(files):
    for deep, flat, merged, held in zip(*[iter(files)] * 4):
        source, ours = oiio.ImageBuf(deep), oiio.ImageBuf(flat)
        theirs = oiio.ImageBufAlgo.flatten(source)
        a, b = theirs.get_pixels(oiio.FLOAT), ours.get_pixels(oiio.FLOAT)
        untidy = same_depths(source)
        worst = 0.0
        spec = source.spec()
        kinds = spec.channelformats or [spec.format] * spec.nchannels
        for c, name in enumerate(spec.channelnames):
            if kinds[c] == oiio.TypeDesc("uint"):
                continue
            x, y = a[..., c], b[..., ours.spec().channelnames.index(name)]
            difference = np.abs(x - y) / np.maximum(1, np.abs(x))
            worst = max(worst, float(difference[~untidy].max(initial=0)))
        their_merge = oiio.ImageBufAlgo.deep_merge(source, source)
        our_merge = oiio.ImageBuf(merged)
        count = sum(x != y for x, y in zip(counts(their_merge), counts(our_merge)))
        x = oiio.ImageBufAlgo.flatten(their_merge).get_pixels(oiio.FLOAT)
        y = oiio.ImageBufAlgo.flatten(our_merge).get_pixels(oiio.FLOAT)
        seen = float((np.abs(x - y) / np.maximum(1, np.abs(x))).max())
        their_hold = oiio.ImageBufAlgo.deep_holdout(source, source)
        hold = sum(x != y for x, y in zip(counts(their_hold), counts(oiio.ImageBuf(held))))
        print("\t".join([deep, f"{worst:.3e}", str(count), str(hold), f"{seen:.3e}"]))


main(sys.argv[1:])
