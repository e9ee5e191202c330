"""same_config.py FOLDER: loads FOLDER/NAME.ocio for every built-in config of OpenColorIO and compares it with the built-in
one: every name, list, rule, view and attribute, and every processor at optimisation NONE, bit for bit. Prints a line a
difference; nothing if there is none."""
import os
import sys

import numpy as np
import PyOpenColorIO as O

ALL = (O.SEARCH_REFERENCE_SPACE_ALL, O.COLORSPACE_ALL)
FORWARD, INVERSE = O.TRANSFORM_DIR_FORWARD, O.TRANSFORM_DIR_INVERSE
VALUES = [-1.0, -0.01, 0.0, 0.001, 0.02, 0.18, 0.5, 0.9, 1.0, 3.0, 16.0, 64.0]
PIXELS = np.array([(r, g, b, 0.5) for r in VALUES for g in VALUES[::3] for b in VALUES[::4]], np.float32)


def facts(c):
    """Everything a config says, but descriptions."""
    rules, viewing = c.getFileRules(), c.getViewingRules()
    out = {
        "version": (c.getMajorVersion(), c.getMinorVersion()),
        "name": c.getName(),
        "roles": sorted(c.getRoles()),
        "rules": [(rules.getName(i), rules.getColorSpace(i), rules.getPattern(i), rules.getExtension(i),
                   rules.getRegex(i)) for i in range(rules.getNumEntries())],
        "viewing": [(viewing.getName(i), list(viewing.getColorSpaces(i)), list(viewing.getEncodings(i)))
                    for i in range(viewing.getNumEntries())],
        "displays": list(c.getDisplays()),
        "displays all": list(c.getDisplaysAll()),
        "active views": list(c.getActiveViews()),
        "hidden": sorted(set(c.getColorSpaceNames(O.SEARCH_REFERENCE_SPACE_ALL, O.COLORSPACE_INACTIVE))),
        "spaces": list(c.getColorSpaceNames(*ALL)),
        "named": list(c.getNamedTransformNames(O.NAMEDTRANSFORM_ALL)),
        "looks": [(n, c.getLook(n).getProcessSpace()) for n in c.getLookNames()],
        "view transforms": list(c.getViewTransformNames()),
        "default view transform": c.getDefaultViewTransformName(),
        "virtual": (list(c.getVirtualDisplayViews(O.VIEW_DISPLAY_DEFINED)),
                    list(c.getVirtualDisplayViews(O.VIEW_SHARED))),
        "luma": c.getDefaultLumaCoefs(),
        "display aliases": c.getUseDisplayAliases(),
    }
    for n in out["spaces"]:
        s = c.getColorSpace(n)
        out["space " + n] = (list(s.getAliases()), s.getInteropID(), s.getFamily(), s.getEqualityGroup(),
                             str(s.getBitDepth()), s.isData(), sorted(s.getCategories()), s.getEncoding(),
                             str(s.getReferenceSpaceType()), dict(s.getInterchangeAttributes()))
    for n in out["named"]:
        t = c.getNamedTransform(n)
        out["named " + n] = (list(t.getAliases()), t.getFamily(), sorted(t.getCategories()), t.getEncoding())
    for n in out["view transforms"]:
        t = c.getViewTransform(n)
        out["view transform " + n] = (str(t.getReferenceSpaceType()), dict(t.getInterchangeAttributes()))
    for d in out["displays all"]:
        for v in c.getViews(O.VIEW_SHARED, d):
            out["view %s / %s" % (d, v)] = (c.getDisplayViewTransformName(d, v), c.getDisplayViewColorSpaceName(d, v),
                                            c.getDisplayViewLooks(d, v), c.getDisplayViewRule(d, v))
        out["views of " + d] = (list(c.getViews(O.VIEW_DISPLAY_DEFINED, d)), list(c.getViews(O.VIEW_SHARED, d)),
                                list(c.getViews(d)))
    return out


def processors(c):
    for n in c.getColorSpaceNames(*ALL):
        ref = "cie_xyz_d65_interchange" if c.getColorSpace(n).getReferenceSpaceType() == O.REFERENCE_SPACE_DISPLAY \
            else "aces_interchange"
        yield n + " to reference", c.getProcessor(n, ref)
        yield n + " from reference", c.getProcessor(ref, n)
    for d in c.getDisplaysAll():
        for v in [*c.getViews(O.VIEW_DISPLAY_DEFINED, d), *c.getViews(O.VIEW_SHARED, d)]:
            yield "%s / %s" % (d, v), c.getProcessor("aces_interchange", d, v, FORWARD)
    for n in c.getLookNames():
        yield "look " + n, c.getProcessor(O.LookTransform("aces_interchange", "aces_interchange", n))
    for n in c.getNamedTransformNames(O.NAMEDTRANSFORM_ALL):
        yield "named " + n, c.getProcessor(n, FORWARD)
        yield "named inverse " + n, c.getProcessor(n, INVERSE)


def run(p):
    buf = PIXELS.copy()
    p.getOptimizedCPUProcessor(O.OPTIMIZATION_NONE).applyRGBA(buf)
    return buf


O.SetLoggingLevel(O.LOGGING_LEVEL_NONE)
for file in sorted(os.listdir(sys.argv[1])):
    ours = O.Config.CreateFromFile(os.path.join(sys.argv[1], file))
    ours.validate()
    theirs = O.Config.CreateFromBuiltinConfig(file[:-len(".ocio")])
    a, b = facts(ours), facts(theirs)
    for key in sorted(set(a) | set(b)):
        if a.get(key) != b.get(key):
            print("%s: %s: %r, expected %r" % (file, key, a.get(key), b.get(key)))
    for (name, p), (_, q) in zip(processors(ours), processors(theirs)):
        if not np.array_equal(run(p), run(q), equal_nan=True):
            print("%s: processor of %s differs" % (file, name))
