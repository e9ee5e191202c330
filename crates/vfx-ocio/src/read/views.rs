//! Displays, views and rules of a config.

use super::config::{named, tagged};
use super::{Reader, entries, list, pairs, prose, text, texts};
use crate::model::{Config, Display, FileRule, Line, Matcher, View, ViewingRule};
use crate::yaml::{Node, Value};
use crate::{OcioError, Warning};

pub(super) fn view(r: &mut Reader, node: &Node) -> Result<View, OcioError> {
    let mut v = View {
        line: Line(node.line),
        ..View::default()
    };
    let (mut scene, mut display) = (false, false);
    for (name, key, value) in entries(node, "View")? {
        match name {
            "name" => v.name = text(value, name)?,
            "aliases" => v.aliases = texts(value, name)?,
            "view_transform" => (v.view_transform, display) = (text(value, name)?, true),
            "colorspace" => (v.color_space, scene) = (text(value, name)?, true),
            "display_colorspace" => (v.color_space, display) = (text(value, name)?, true),
            "looks" | "look" => v.looks = text(value, name)?,
            "rule" => v.rule = text(value, name)?,
            "description" => v.description = prose(value, name)?,
            _ => r.unknown("View", key),
        }
    }
    named(&v.name, node, "View")?;
    if scene == display || v.color_space.is_empty() {
        return Err(OcioError::Invalid {
            line: node.line,
            object: format!("the view '{}'", v.name),
            reason: "expected either colorspace, or view_transform and display_colorspace".into(),
        });
    }
    Ok(v)
}

/// A later view of the same name replaces the earlier.
pub(super) fn put_view(views: &mut Vec<View>, v: View) {
    match views
        .iter_mut()
        .find(|o| o.name.eq_ignore_ascii_case(&v.name))
    {
        Some(old) => *old = v,
        None => views.push(v),
    }
}

pub(super) fn display(
    r: &mut Reader,
    name: &str,
    line: usize,
    node: &Node,
) -> Result<Display, OcioError> {
    let mut d = Display {
        name: name.into(),
        line: Line(line),
        ..Display::default()
    };
    for item in list(node, "the views of a display")? {
        match item.tag.as_str() {
            "View" => {
                let v = view(r, item)?;
                put_view(&mut d.views, v);
            }
            "Views" => {
                for shared in texts(item, "Views")? {
                    let twice = d.shared.iter().any(|s| s.eq_ignore_ascii_case(&shared))
                        || d.views.iter().any(|v| v.name.eq_ignore_ascii_case(&shared));
                    if twice {
                        return Err(OcioError::NameTaken {
                            line: item.line,
                            name: shared,
                            by: format!("another view of the display '{name}'"),
                        });
                    }
                    d.shared.push(shared);
                }
            }
            other => r.warn(item.line, format!("unknown element '{other}' in a display")),
        }
    }
    Ok(d)
}

pub(super) fn displays(r: &mut Reader, c: &mut Config, node: &Node) -> Result<(), OcioError> {
    let Value::Map(items) = &node.value else {
        return Err(node.wrong("displays", "a map of displays"));
    };
    for (key, value) in items {
        let d = display(r, key.text().unwrap_or_default(), key.line, value)?;
        c.displays.push(d);
    }
    Ok(())
}

pub(super) fn viewing_rule(r: &mut Reader, node: &Node) -> Result<ViewingRule, OcioError> {
    let mut v = ViewingRule {
        line: Line(node.line),
        ..ViewingRule::default()
    };
    let one_or_more = |value: &Node, name: &str| match value.value {
        Value::List(_) => texts(value, name),
        _ => Ok(vec![text(value, name)?]),
    };
    for (name, key, value) in entries(node, "Rule")? {
        match name {
            "name" => v.name = text(value, name)?,
            "colorspaces" => v.color_spaces = one_or_more(value, name)?,
            "encodings" => v.encodings = one_or_more(value, name)?,
            "custom" => v.custom = pairs(value, name)?,
            _ => r.unknown("Rule", key),
        }
    }
    named(&v.name, node, "Rule")?;
    if !v.color_spaces.is_empty() && !v.encodings.is_empty() {
        return Err(OcioError::Invalid {
            line: node.line,
            object: format!("the viewing rule '{}'", v.name),
            reason: "expected colorspaces or encodings, not both".into(),
        });
    }
    Ok(v)
}

pub(super) fn file_rules(
    r: &mut Reader,
    c: &mut Config,
    key: &Node,
    value: &Node,
) -> Result<(), OcioError> {
    for node in tagged(r, value, "file_rules", "Rule")? {
        if c.file_rules.iter().any(|f| f.matcher == Matcher::Default) {
            return Err(OcioError::Invalid {
                line: node.line,
                object: "file_rules".into(),
                reason: "the Default rule has to be the last".into(),
            });
        }
        let rule = file_rule(r, node)?;
        if c.file_rules
            .iter()
            .any(|f| f.name.eq_ignore_ascii_case(&rule.name))
        {
            return Err(OcioError::NameTaken {
                line: node.line,
                name: rule.name,
                by: "another file rule".into(),
            });
        }
        c.file_rules.push(rule);
    }
    if !c.file_rules.iter().any(|f| f.matcher == Matcher::Default) {
        return Err(OcioError::Missing {
            line: key.line,
            object: "file_rules".into(),
            key: "rule named Default",
        });
    }
    Ok(())
}

fn file_rule(r: &mut Reader, node: &Node) -> Result<FileRule, OcioError> {
    let [mut name, mut space, mut pattern, mut extension, mut regex] = [const { String::new() }; 5];
    let mut custom = Vec::new();
    for (k, key, value) in entries(node, "Rule")? {
        match k {
            "name" => name = text(value, k)?,
            "colorspace" => space = text(value, k)?,
            "pattern" => pattern = text(value, k)?,
            "extension" => extension = text(value, k)?,
            "regex" => regex = text(value, k)?,
            "custom" => custom = pairs(value, k)?,
            _ => r.unknown("Rule", key),
        }
    }
    named(&name, node, "Rule")?;
    let invalid = |reason: &str| OcioError::Invalid {
        line: node.line,
        object: format!("the file rule '{name}'"),
        reason: reason.into(),
    };
    let plain = regex.is_empty() && pattern.is_empty() && extension.is_empty();
    let matcher = if name.eq_ignore_ascii_case("Default") {
        Matcher::Default
    } else if name.eq_ignore_ascii_case("ColorSpaceNamePathSearch") {
        Matcher::PathSearch
    } else if !regex.is_empty() && (!pattern.is_empty() || !extension.is_empty()) {
        return Err(invalid(
            "expected regex, or pattern and extension, not both",
        ));
    } else if !regex.is_empty() {
        Matcher::Regex(regex)
    } else if pattern.is_empty() || extension.is_empty() {
        return Err(invalid("expected a pattern and an extension, or a regex"));
    } else {
        Matcher::Glob { pattern, extension }
    };
    let special = matches!(matcher, Matcher::Default | Matcher::PathSearch);
    if special && !plain {
        return Err(invalid("this rule takes no pattern, extension or regex"));
    }
    if space.is_empty() && matcher != Matcher::PathSearch {
        return Err(invalid("expected a colorspace"));
    }
    crate::rules::check_matcher(&matcher, node.line)?;
    let name = match matcher {
        Matcher::Default => "Default".into(),
        Matcher::PathSearch => "ColorSpaceNamePathSearch".into(),
        _ => name,
    };
    Ok(FileRule {
        name,
        color_space: if matcher == Matcher::PathSearch {
            String::new()
        } else {
            space
        },
        matcher,
        custom,
        line: Line(node.line),
    })
}

/// A config without rules gets those that its version implies.
pub(super) fn finish_rules(root: &Node, r: &mut Reader, c: &mut Config) -> Result<(), OcioError> {
    if let Some(rule) = c.file_rules.last() {
        if let Some(role) = c.roles.get("default")
            && rule.color_space != "default"
            && rule.color_space != *role
        {
            let message = format!(
                "the Default file rule gives '{}', the role 'default' is '{role}'",
                rule.color_space
            );
            r.warnings.push(Warning {
                line: rule.line.0,
                message,
            });
        }
        return Ok(());
    }
    if c.version.major >= 2 {
        if !c.roles.contains_key("default") {
            return Err(OcioError::Missing {
                line: root.line,
                object: "the config".into(),
                key: "Default file rule or role 'default'",
            });
        }
        c.file_rules = vec![FileRule::default_rule("default")];
        return Ok(());
    }
    c.file_rules = crate::rules::version_1_rules(c);
    Ok(())
}
