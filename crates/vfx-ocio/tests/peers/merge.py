"""merge.py FOLDER: merges configs with OpenColorIO and compares with ours.

FOLDER/jobs.json is a list of {base, input, options, result}: config names, merge options by OpenColorIO's setter names, and
the file of our result, or the text of an error. Every name, list, rule, view and attribute is compared, and every transform
by what it makes of colours (1e-5 relative). Prints a line a difference."""
import json
import os
import sys

import numpy as np
import PyOpenColorIO as O

O.SetLoggingLevel(O.LOGGING_LEVEL_NONE)
VALUES = [-0.01, 0.0, 0.02, 0.18, 0.5, 1.0, 4.0]
PIXELS = np.array([(r, g, b, 0.5) for r in VALUES for g in VALUES[::2] for b in VALUES[::3]], np.float32)
ALL = (O.SEARCH_REFERENCE_SPACE_ALL, O.COLORSPACE_ALL)
STRATEGIES = {
    "PreferInput": O.ConfigMergingParameters.STRATEGY_PREFER_INPUT,
    "PreferBase": O.ConfigMergingParameters.STRATEGY_PREFER_BASE,
    "InputOnly": O.ConfigMergingParameters.STRATEGY_INPUT_ONLY,
    "BaseOnly": O.ConfigMergingParameters.STRATEGY_BASE_ONLY,
    "Remove": O.ConfigMergingParameters.STRATEGY_REMOVE,
}


def facts(c):
    rules, viewing = c.getFileRules(), c.getViewingRules()
    out = {
        "version": (c.getMajorVersion(), c.getMinorVersion()),
        "name": c.getName(),
        "description": c.getDescription(),
        "roles": sorted((r, s) for r, s in c.getRoles()),
        "strict": c.isStrictParsingEnabled(),
        "rules": [(rules.getName(i), rules.getColorSpace(i), rules.getPattern(i), rules.getExtension(i), rules.getRegex(i))
                  for i in range(rules.getNumEntries())],
        "viewing": [(viewing.getName(i), list(viewing.getColorSpaces(i)), list(viewing.getEncodings(i)))
                    for i in range(viewing.getNumEntries())],
        "displays": list(c.getDisplaysAll()),
        "active displays": list(c.getActiveDisplays()),
        "active views": list(c.getActiveViews()),
        "inactive": c.getInactiveColorSpaces(),
        "spaces": list(c.getColorSpaceNames(*ALL)),
        "named": list(c.getNamedTransformNames(O.NAMEDTRANSFORM_ALL)),
        "looks": [(n, c.getLook(n).getProcessSpace()) for n in c.getLookNames()],
        "view transforms": list(c.getViewTransformNames()),
        "default view transform": c.getDefaultViewTransformName(),
        "virtual": (list(c.getVirtualDisplayViews(O.VIEW_DISPLAY_DEFINED)), list(c.getVirtualDisplayViews(O.VIEW_SHARED))),
        "shared": list(c.getSharedViews()),
        "luma": list(c.getDefaultLumaCoefs()),
        "paths": list(c.getSearchPaths()),
        "environment": sorted((n, c.getEnvironmentVarDefault(n)) for n in c.getEnvironmentVarNames()),
        "separator": c.getFamilySeparator(),
    }
    for n in out["spaces"]:
        s = c.getColorSpace(n)
        out["space " + n] = (list(s.getAliases()), s.getFamily(), s.getEqualityGroup(), s.isData(), sorted(s.getCategories()),
                             s.getEncoding(), str(s.getReferenceSpaceType()), s.getDescription())
    for n in out["named"]:
        t = c.getNamedTransform(n)
        out["named " + n] = (list(t.getAliases()), t.getFamily(), sorted(t.getCategories()), t.getEncoding())
    for n in out["view transforms"]:
        out["view transform " + n] = str(c.getViewTransform(n).getReferenceSpaceType())
    for d in out["displays"]:
        out["views of " + d] = (list(c.getViews(O.VIEW_DISPLAY_DEFINED, d)), list(c.getViews(O.VIEW_SHARED, d)))
        for v in out["views of " + d][0] + out["views of " + d][1]:
            out["view %s / %s" % (d, v)] = (c.getDisplayViewTransformName(d, v), c.getDisplayViewColorSpaceName(d, v),
                                            c.getDisplayViewLooks(d, v), c.getDisplayViewRule(d, v))
    for v in out["shared"]:
        out["shared " + v] = (c.getDisplayViewTransformName("", v), c.getDisplayViewColorSpaceName("", v))
    return out


def values(c, t):
    if t is None:
        return None
    try:
        buf = PIXELS.copy()
        c.getProcessor(t).getOptimizedCPUProcessor(O.OPTIMIZATION_NONE).applyRGBA(buf)
        return buf
    except Exception:
        # Files are elsewhere.
        return "refused"


def transforms(c):
    for n in c.getColorSpaceNames(*ALL):
        s = c.getColorSpace(n)
        yield n + " to", s.getTransform(O.COLORSPACE_DIR_TO_REFERENCE)
        yield n + " from", s.getTransform(O.COLORSPACE_DIR_FROM_REFERENCE)
    for n in c.getViewTransformNames():
        v = c.getViewTransform(n)
        yield n + " to", v.getTransform(O.VIEWTRANSFORM_DIR_TO_REFERENCE)
        yield n + " from", v.getTransform(O.VIEWTRANSFORM_DIR_FROM_REFERENCE)
    for n in c.getNamedTransformNames(O.NAMEDTRANSFORM_ALL):
        yield n, c.getNamedTransform(n).getTransform(O.TRANSFORM_DIR_FORWARD)
    for n in c.getLookNames():
        yield n, c.getLook(n).getTransform()


def same(a, b):
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return bool(np.all((np.abs(a - b) <= 1e-5 * np.maximum(np.abs(b), 1)) | (np.isnan(a) & np.isnan(b)) | (a == b)))
    return type(a) is type(b)


folder = sys.argv[1]
for job in json.load(open(os.path.join(folder, "jobs.json"))):
    p = O.ConfigMergingParameters.Create() if hasattr(O.ConfigMergingParameters, "Create") else O.ConfigMergingParameters()
    for name, value in job["options"].items():
        getattr(p, name)(STRATEGIES[value] if name in ("setDefaultStrategy",) or value in STRATEGIES else value)
    short = ",".join("%s=%s" % (k[3:], v) for k, v in job["options"].items())
    label = "%s + %s, %s" % (os.path.basename(job["base"]), os.path.basename(job["input"]), short)
    theirs, error = None, None
    try:
        theirs = O.ConfigMergingHelpers.MergeConfigs(p, O.Config.CreateFromFile(job["base"]), O.Config.CreateFromFile(job["input"]))
    except O.Exception as e:
        error = str(e)
    if error and ("Heuristics" in error or "for the reference" in error) and "result" in job:
        # Without interchange roles OpenColorIO refuses, where ours takes the references as equal and says so.
        continue
    if (error is None) != ("result" in job):
        print("%s: OpenColorIO said %r, ours %r" % (label, error, job.get("error")))
        continue
    if theirs is None:
        continue
    # The order of the file, which has display spaces first.
    folder_of = theirs.getWorkingDir()
    theirs = O.Config.CreateFromStream(theirs.serialize())
    theirs.setWorkingDir(folder_of)
    ours = O.Config.CreateFromFile(os.path.join(folder, job["result"]))
    ours.setWorkingDir(folder_of)
    a, b = facts(ours), facts(theirs)
    for key in sorted(set(a) | set(b)):
        if a.get(key) != b.get(key):
            print("%s: %s: %r, expected %r" % (label, key, a.get(key), b.get(key)))
    found = dict(transforms(ours))
    for name, t in transforms(theirs):
        x, y = values(ours, found.get(name)), values(theirs, t)
        if not same(x, y):
            print("%s: transform %s differs (%s, %s)" % (label, name, type(x), type(y)))
print("jobs done")
