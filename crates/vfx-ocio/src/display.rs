//! Displays and views: which there are, which are shown, and what a view is made of.

use crate::OcioError;
use crate::model::{ColorSpace, Config, Display, Reference, USE_DISPLAY_NAME, View};
use crate::names::same;
use crate::transform::{FileTransform, Transform};

/// Those of `wanted` that exist, in its order; all if that leaves none.
fn filtered<'a>(wanted: &[String], all: Vec<&'a str>) -> Vec<&'a str> {
    let chosen: Vec<&str> = wanted
        .iter()
        .filter_map(|w| all.iter().find(|a| same(a, w)).copied())
        .collect();
    if chosen.is_empty() { all } else { chosen }
}

/// The names of an environment variable, or else those of the config.
fn active(variable: &str, config: &[String]) -> Vec<String> {
    match std::env::var(variable) {
        Ok(v) if !v.trim().is_empty() => crate::looks::split_names(&v),
        _ => config.to_vec(),
    }
}

impl View {
    /// Whether this is its name or an alias.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        same(&self.name, name) || self.aliases.iter().any(|a| same(a, name))
    }
}

impl Config {
    /// A display by name, or by an alias of its colour space where the config says so.
    #[must_use]
    pub fn display(&self, name: &str) -> Option<&Display> {
        let by_name = |n: &str| self.displays.iter().find(|d| same(&d.name, n));
        by_name(name).or_else(|| {
            let space = self.color_spaces.iter().find(|s| {
                self.use_display_aliases && s.reference == Reference::Display && s.is_named(name)
            })?;
            by_name(&space.name)
        })
    }

    /// A view of a display by name or alias, its own or a shared one.
    #[must_use]
    pub fn view(&self, display: &str, view: &str) -> Option<&View> {
        let d = self.display(display)?;
        let shared = |name: &String| self.shared_views.iter().find(|v| same(&v.name, name));
        let all = || d.views.iter().chain(d.shared.iter().filter_map(shared));
        all()
            .find(|v| same(&v.name, view))
            .or_else(|| all().find(|v| v.is_named(view)))
    }

    /// The displays that are shown: `OCIO_ACTIVE_DISPLAYS`, or those of the config.
    #[must_use]
    pub fn shown_displays(&self) -> Vec<&str> {
        let all = self.displays.iter().map(|d| d.name.as_str()).collect();
        filtered(&active("OCIO_ACTIVE_DISPLAYS", &self.active_displays), all)
    }

    /// The views of a display that are shown: `OCIO_ACTIVE_VIEWS`, or those of the config.
    #[must_use]
    pub fn shown_views(&self, display: &str) -> Vec<&str> {
        let all = self.all_views(display);
        filtered(&active("OCIO_ACTIVE_VIEWS", &self.active_views), all)
    }

    /// The views of a display, its own first.
    #[must_use]
    pub fn all_views(&self, display: &str) -> Vec<&str> {
        let Some(d) = self.display(display) else {
            return Vec::new();
        };
        let known = |s: &&String| self.shared_views.iter().any(|v| same(&v.name, s));
        let shared = d.shared.iter().filter(known).map(String::as_str);
        d.views
            .iter()
            .map(|v| v.name.as_str())
            .chain(shared)
            .collect()
    }

    /// The views that are for images of a colour space, by the viewing rules.
    ///
    /// # Errors
    ///
    /// If there is no such colour space.
    pub fn views_for(&self, display: &str, color_space: &str) -> Result<Vec<&str>, OcioError> {
        let space = self
            .color_space(color_space)
            .ok_or_else(|| self.unknown("colour space", color_space))?;
        let fits = |name: &&str| {
            let Some(view) = self.view(display, name).filter(|v| !v.rule.is_empty()) else {
                return true;
            };
            let Some(rule) = self
                .viewing_rules
                .iter()
                .find(|r| same(&r.name, &view.rule))
            else {
                return false;
            };
            let is_space = |n: &String| {
                self.color_space(n)
                    .is_some_and(|s| same(&s.name, &space.name))
            };
            let is_encoding = |e: &String| !space.encoding.is_empty() && same(e, &space.encoding);
            rule.color_spaces.iter().any(is_space) || rule.encodings.iter().any(is_encoding)
        };
        Ok(self.shown_views(display).into_iter().filter(fits).collect())
    }

    /// The first display that is shown.
    #[must_use]
    pub fn default_display(&self) -> Option<&str> {
        self.shown_displays().first().copied()
    }

    /// The first view of a display that is shown, of those that are for the colour space if one is given.
    #[must_use]
    pub fn default_view(&self, display: &str, color_space: Option<&str>) -> Option<&str> {
        let views = match color_space {
            Some(s) => self.views_for(display, s).ok()?,
            None => self.shown_views(display),
        };
        views.first().copied()
    }

    /// The colour space that a view of a display ends in; `None` if it is a named transform or there is none.
    #[must_use]
    pub fn view_color_space(&self, display: &str, view: &str) -> Option<&ColorSpace> {
        let v = self.view(display, view)?;
        let name = if same(&v.color_space, USE_DISPLAY_NAME) {
            &self.display(display)?.name
        } else {
            &v.color_space
        };
        self.color_space(name)
    }

    /// Makes a display of the monitor with an ICC profile, with the views of `virtual_display`; gives its name.
    ///
    /// The name is `description`, in which `$` and `%` become `_`. A display of that name is replaced.
    ///
    /// # Errors
    ///
    /// If the config has no virtual display, or `OCIO_ACTIVE_DISPLAYS` fixes the displays.
    pub fn add_icc_display(
        &mut self,
        description: &str,
        profile: &std::path::Path,
    ) -> Result<String, OcioError> {
        let refuse = |reason: &str| OcioError::Invalid {
            line: 0,
            object: format!("a display of the profile \"{}\"", profile.display()),
            reason: reason.into(),
        };
        if std::env::var("OCIO_ACTIVE_DISPLAYS").is_ok_and(|v| !v.trim().is_empty()) {
            return Err(refuse("OCIO_ACTIVE_DISPLAYS fixes the displays"));
        }
        let Some(virtual_display) = self.virtual_display.clone() else {
            return Err(refuse(
                "the config has no virtual_display to take the views from",
            ));
        };
        let name = description.replace(['$', '%'], "_");
        let display = Display {
            name: name.clone(),
            ..virtual_display
        };
        let space = ColorSpace {
            name: name.clone(),
            reference: Reference::Display,
            bit_depth: "unknown".into(),
            description: format!("Profile description: {description}"),
            encoding: "sdr-video".into(),
            from_reference: Some(Transform::File(FileTransform {
                src: profile.display().to_string(),
                ..FileTransform::default()
            })),
            ..ColorSpace::default()
        };
        self.displays.retain(|d| !same(&d.name, &name));
        self.color_spaces.retain(|s| !same(&s.name, &name));
        let shown = |list: &mut Vec<String>, entry: &str| {
            if !list.is_empty() && !list.iter().any(|n| same(n, entry)) {
                list.push(entry.to_owned());
            }
        };
        shown(&mut self.active_displays, &name);
        for view in display.views.iter().map(|v| &v.name).chain(&display.shared) {
            shown(&mut self.active_views, view);
        }
        self.displays.push(display);
        self.color_spaces.push(space);
        Ok(name)
    }
}
