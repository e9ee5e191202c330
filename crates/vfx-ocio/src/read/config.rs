//! The whole config: top-level keys, spaces, looks, views, rules.

use super::transform::{allocation_kind, transform};
use super::views::{display, displays, file_rules, finish_rules, put_view, view, viewing_rule};
use super::{
    Reader, array, boolean, entries, floats, interchange, list, pairs, prose, text, texts,
};
use crate::OcioError;
use crate::model::{
    ColorSpace, Config, Line, Look, NamedTransform, Reference, Version, ViewTransform,
};
use crate::yaml::{Node, Value};

/// Reads the text of a config.
pub(crate) fn config(source: &str) -> Result<Config, OcioError> {
    let root = Node::parse(source)?;
    if !matches!(root.value, Value::Map(_)) {
        return Err(root.wrong("the config", "a map with ocio_profile_version"));
    }
    let version = version(&root)?;
    let mut r = Reader {
        version,
        warnings: Vec::new(),
    };
    let mut c = Config {
        version,
        environment_declared: false,
        file_rules: Vec::new(),
        ..Config::default()
    };
    for (name, key, value) in entries(&root, "the config")? {
        top(&mut r, &mut c, name, key, value)?;
    }
    finish_rules(&root, &mut r, &mut c)?;
    crate::names::check_names(&c, &role_lines(&root))?;
    c.warnings = r.warnings;
    Ok(c)
}

fn version(root: &Node) -> Result<Version, OcioError> {
    let node = root.get("ocio_profile_version");
    let found = node.and_then(Node::text).unwrap_or_default().to_owned();
    let wrong = || OcioError::Version {
        line: node.map_or(root.line, |n| n.line),
        found: found.clone(),
    };
    let (major, minor) = found.split_once('.').unwrap_or((&found, "0"));
    let number = |s: &str| s.trim().parse::<u32>().map_err(|_| wrong());
    let v = Version::new(number(major)?, number(minor)?);
    match (v.major, v.minor) {
        (1, 0) | (2, 0..=6) => Ok(v),
        _ => Err(wrong()),
    }
}

/// Lines of the roles, for messages about their names.
fn role_lines(root: &Node) -> Vec<(String, usize)> {
    let Some(Value::Map(items)) = root.get("roles").map(|n| &n.value) else {
        return Vec::new();
    };
    let line = |(k, _): &(Node, Node)| (k.text().unwrap_or_default().to_lowercase(), k.line);
    items.iter().map(line).collect()
}

fn top(
    r: &mut Reader,
    c: &mut Config,
    name: &str,
    key: &Node,
    value: &Node,
) -> Result<(), OcioError> {
    match name {
        "ocio_profile_version" => {}
        "environment" => {
            c.environment = pairs(value, name)?.into_iter().collect();
            c.environment_declared = true;
        }
        "search_path" | "resource_path" => match &value.value {
            Value::List(_) => c.search_paths = texts(value, name)?,
            _ => c.search_paths = split_paths(&text(value, name)?),
        },
        "strictparsing" => c.strict_parsing = boolean(value, name)?,
        "name" => c.name = prose(value, name)?,
        "description" => c.description = prose(value, name)?,
        "family_separator" => {
            needs_v2(r, key, "family_separator")?;
            let t = text(value, name)?;
            let mut chars = t.chars();
            match (chars.next(), chars.next()) {
                (Some(one), None) => c.family_separator = one,
                _ => return Err(value.wrong(name, "one character")),
            }
        }
        "luma" => c.luma = array(value, name)?,
        "roles" => {
            for (role, space) in pairs(value, name)? {
                c.roles.insert(role.to_lowercase(), space);
            }
        }
        "file_rules" => {
            needs_v2(r, key, "file_rules")?;
            file_rules(r, c, key, value)?;
        }
        "viewing_rules" => {
            for node in tagged(r, value, name, "Rule")? {
                let rule = viewing_rule(r, node)?;
                c.viewing_rules.push(rule);
            }
        }
        "shared_views" => {
            for node in list(value, name)? {
                let v = view(r, node)?;
                put_view(&mut c.shared_views, v);
            }
        }
        "displays" => displays(r, c, value)?,
        "virtual_display" => c.virtual_display = Some(display(r, "", key.line, value)?),
        "use_display_aliases" => c.use_display_aliases = boolean(value, name)?,
        "active_displays" => c.active_displays = texts(value, name)?,
        "active_views" => c.active_views = texts(value, name)?,
        "inactive_colorspaces" => c.inactive_color_spaces = texts(value, name)?,
        "default_view_transform" => c.default_view_transform = text(value, name)?,
        "colorspaces" | "display_colorspaces" => {
            let reference = if name == "colorspaces" {
                Reference::Scene
            } else {
                Reference::Display
            };
            for node in tagged(r, value, name, "ColorSpace")? {
                let space = color_space(r, node, reference)?;
                c.color_spaces.push(space);
            }
        }
        "looks" => {
            for node in tagged(r, value, name, "Look")? {
                let l = look(r, node)?;
                c.looks.retain(|o| !o.name.eq_ignore_ascii_case(&l.name));
                c.looks.push(l);
            }
        }
        "view_transforms" => {
            for node in tagged(r, value, name, "ViewTransform")? {
                let v = view_transform(r, node)?;
                c.view_transforms
                    .retain(|o| !o.name.eq_ignore_ascii_case(&v.name));
                c.view_transforms.push(v);
            }
        }
        "named_transforms" => {
            for node in tagged(r, value, name, "NamedTransform")? {
                let n = named_transform(r, node)?;
                c.named_transforms.push(n);
            }
        }
        _ => r.unknown("the config", key),
    }
    Ok(())
}

fn needs_v2(r: &Reader, key: &Node, feature: &str) -> Result<(), OcioError> {
    if r.version.major >= 2 {
        return Ok(());
    }
    Err(OcioError::TooNew {
        line: key.line,
        feature: feature.into(),
        needs: "2".into(),
        found: r.version.to_string(),
    })
}

/// Search paths in one text, with `:` between them, but not behind a drive letter.
pub(crate) fn split_paths(s: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in s.split(':') {
        let drive = out
            .last()
            .is_some_and(|p| p.len() == 1 && p.chars().all(|c| c.is_ascii_alphabetic()));
        if drive && part.starts_with(['/', '\\']) {
            let last = out.last_mut().expect("there is a drive");
            *last = format!("{last}:{part}");
        } else if !part.trim().is_empty() {
            out.push(part.trim().to_owned());
        }
    }
    out
}

/// The items of a list that have a tag; others are warned about.
pub(super) fn tagged<'a>(
    r: &mut Reader,
    node: &'a Node,
    key: &str,
    tag: &str,
) -> Result<Vec<&'a Node>, OcioError> {
    let mut out = Vec::new();
    for item in list(node, key)? {
        if item.tag == tag {
            out.push(item);
        } else {
            r.warn(
                item.line,
                format!("unknown element '{}' in {key}, expected !<{tag}>", item.tag),
            );
        }
    }
    Ok(out)
}

fn color_space(r: &mut Reader, node: &Node, reference: Reference) -> Result<ColorSpace, OcioError> {
    let mut s = ColorSpace {
        reference,
        bit_depth: "unknown".into(),
        line: Line(node.line),
        ..ColorSpace::default()
    };
    for (name, key, value) in entries(node, "ColorSpace")? {
        match name {
            "name" => s.name = text(value, name)?,
            "aliases" => s.aliases = texts(value, name)?,
            "interop_id" => s.interop_id = text(value, name)?,
            "description" => s.description = prose(value, name)?,
            "interchange" => {
                s.interchange = interchange(r, value, &["amf_transform_ids", "icc_profile_name"])?;
            }
            "family" => s.family = text(value, name)?,
            "equalitygroup" => s.equality_group = text(value, name)?,
            "bitdepth" => s.bit_depth = bit_depth(&text(value, name)?),
            "isdata" => s.is_data = boolean(value, name)?,
            "categories" => s.categories = texts(value, name)?,
            "encoding" => s.encoding = text(value, name)?,
            "allocation" => s.allocation = allocation_kind(value)?,
            "allocationvars" => s.allocation_vars = floats(value, name)?,
            "to_reference" | "to_scene_reference" | "to_display_reference" => {
                if known_side(r, name, key, reference)? {
                    s.to_reference = Some(transform(r, value)?);
                }
            }
            "from_reference" | "from_scene_reference" | "from_display_reference" => {
                if known_side(r, name, key, reference)? {
                    s.from_reference = Some(transform(r, value)?);
                }
            }
            _ => r.unknown("ColorSpace", key),
        }
    }
    named(&s.name, node, "ColorSpace")?;
    Ok(s)
}

/// Whether a `to_..._reference` key fits the reference of its space; in version 1 `to_scene_reference` is unknown.
fn known_side(
    r: &mut Reader,
    name: &str,
    key: &Node,
    reference: Reference,
) -> Result<bool, OcioError> {
    if r.version.major < 2 && name.ends_with("_scene_reference") {
        r.unknown("ColorSpace", key);
        return Ok(false);
    }
    let of_display = name.ends_with("_display_reference");
    if of_display == (reference == Reference::Display) {
        return Ok(true);
    }
    let expected = match reference {
        Reference::Scene => "to_scene_reference or from_scene_reference in a scene-referred space",
        Reference::Display => {
            "to_display_reference or from_display_reference in a display-referred space"
        }
    };
    Err(key.wrong("the key", expected))
}

fn bit_depth(s: &str) -> String {
    let t = s.to_ascii_lowercase();
    let known = ["8ui", "10ui", "12ui", "14ui", "16ui", "32ui", "16f", "32f"];
    if known.contains(&t.as_str()) {
        t
    } else {
        "unknown".into()
    }
}

pub(super) fn named(name: &str, node: &Node, object: &str) -> Result<(), OcioError> {
    if name.is_empty() {
        return Err(OcioError::Missing {
            line: node.line,
            object: object.into(),
            key: "name",
        });
    }
    Ok(())
}

fn look(r: &mut Reader, node: &Node) -> Result<Look, OcioError> {
    let mut l = Look {
        line: Line(node.line),
        ..Look::default()
    };
    for (name, key, value) in entries(node, "Look")? {
        match name {
            "name" => l.name = text(value, name)?,
            "process_space" => l.process_space = text(value, name)?,
            "transform" => l.transform = Some(transform(r, value)?),
            "inverse_transform" => l.inverse_transform = Some(transform(r, value)?),
            "description" => l.description = prose(value, name)?,
            "interchange" => l.interchange = interchange(r, value, &["amf_transform_ids"])?,
            _ => r.unknown("Look", key),
        }
    }
    named(&l.name, node, "Look")?;
    Ok(l)
}

fn view_transform(r: &mut Reader, node: &Node) -> Result<ViewTransform, OcioError> {
    let mut v = ViewTransform {
        line: Line(node.line),
        ..ViewTransform::default()
    };
    let (mut scene, mut display) = (false, false);
    for (name, key, value) in entries(node, "ViewTransform")? {
        match name {
            "name" => v.name = text(value, name)?,
            "description" => v.description = prose(value, name)?,
            "interchange" => v.interchange = interchange(r, value, &["amf_transform_ids"])?,
            "family" => v.family = text(value, name)?,
            "categories" => v.categories = texts(value, name)?,
            "to_scene_reference" | "to_display_reference" => {
                v.to_reference = Some(transform(r, value)?);
                if name == "to_scene_reference" {
                    scene = true
                } else {
                    display = true
                }
            }
            "from_scene_reference" | "from_display_reference" => {
                v.from_reference = Some(transform(r, value)?);
                if name == "from_scene_reference" {
                    scene = true
                } else {
                    display = true
                }
            }
            _ => r.unknown("ViewTransform", key),
        }
    }
    named(&v.name, node, "ViewTransform")?;
    if scene == display {
        return Err(OcioError::Invalid {
            line: node.line,
            object: format!("the view transform '{}'", v.name),
            reason: "expected transforms of one reference, scene or display".into(),
        });
    }
    v.reference = if display {
        Reference::Display
    } else {
        Reference::Scene
    };
    Ok(v)
}

fn named_transform(r: &mut Reader, node: &Node) -> Result<NamedTransform, OcioError> {
    let mut n = NamedTransform {
        line: Line(node.line),
        ..NamedTransform::default()
    };
    for (name, key, value) in entries(node, "NamedTransform")? {
        match name {
            "name" => n.name = text(value, name)?,
            "aliases" => n.aliases = texts(value, name)?,
            "description" => n.description = prose(value, name)?,
            "family" => n.family = text(value, name)?,
            "categories" => n.categories = texts(value, name)?,
            "encoding" => n.encoding = text(value, name)?,
            "transform" => n.transform = Some(transform(r, value)?),
            "inverse_transform" => n.inverse_transform = Some(transform(r, value)?),
            _ => r.unknown("NamedTransform", key),
        }
    }
    named(&n.name, node, "NamedTransform")?;
    if n.transform.is_none() && n.inverse_transform.is_none() {
        return Err(OcioError::Missing {
            line: node.line,
            object: format!("the named transform '{}'", n.name),
            key: "transform",
        });
    }
    Ok(n)
}
