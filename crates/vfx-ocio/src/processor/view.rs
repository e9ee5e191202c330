//! Views of displays and looks as operations.

use super::Builder;
use crate::OcioError;
use crate::looks::{LookToken, parse_looks, reversed};
use crate::model::{ColorSpace, USE_DISPLAY_NAME};
use crate::names::same;
use vfx_color::Direction;

impl<'a> Builder<'a> {
    pub(super) fn display_view(
        &mut self,
        src: &str,
        [display, view]: [&str; 2],
        looks_bypass: bool,
        data_bypass: bool,
        direction: Direction,
    ) -> Result<(), OcioError> {
        let config = self.config;
        let source = config
            .color_space(src)
            .ok_or_else(|| config.unknown("colour space", src))?;
        let d = config
            .display(display)
            .ok_or_else(|| config.unknown("display", display))?;
        let v = config.view(display, view).ok_or_else(|| {
            let names = config.all_views(&d.name);
            OcioError::Unknown {
                kind: "view",
                name: format!("{view}' of display '{}", d.name),
                known: crate::names::nearest(view, &names).map(str::to_owned),
            }
        })?;
        let undefined = |kind, name: &str| OcioError::Undefined {
            line: v.line.0,
            user: format!("the view '{}'", v.name),
            kind,
            name: name.into(),
        };
        let transform = config.view_transform(&v.view_transform);
        let by_name = !v.view_transform.is_empty() && transform.is_none();
        if by_name && config.named_transform(&v.view_transform).is_none() {
            return Err(undefined("the view transform", &v.view_transform));
        }
        let space_name = if same(&v.color_space, USE_DISPLAY_NAME) {
            d.name.as_str()
        } else {
            v.color_space.as_str()
        };
        let space = config.color_space(space_name);
        if space.is_none() {
            let replaced =
                v.view_transform.is_empty() && config.named_transform(space_name).is_some();
            if !replaced {
                return Err(undefined("the colour space", space_name));
            }
        }
        if data_bypass && (source.is_data || space.is_some_and(|s| s.is_data)) {
            return Ok(());
        }
        let looks = if looks_bypass {
            Vec::new()
        } else {
            parse_looks(&v.looks)
        };
        match direction {
            Direction::Forward => {
                let current = self.looks(Some(source), &looks, false)?.unwrap_or(source);
                match (space, transform) {
                    (None, _) => self.named(space_name, Direction::Forward),
                    (Some(s), _) if by_name => {
                        self.named(&v.view_transform, Direction::Forward)?;
                        self.reference_to_space(s, data_bypass)
                    }
                    (Some(s), Some(t)) => {
                        self.space_to_reference(current, data_bypass)?;
                        self.references(current.reference, t.reference)?;
                        self.view_transform(t, Direction::Forward)?;
                        self.reference_to_space(s, data_bypass)
                    }
                    (Some(s), None) => self.between(current, s, data_bypass),
                }
            }
            Direction::Inverse => {
                let mut start = source;
                if !looks.is_empty() {
                    // Where the looks end forward; what they would do is not kept.
                    let mark = self.ops.len();
                    start = self.looks(None, &looks, false)?.unwrap_or(source);
                    self.ops.truncate(mark);
                }
                match (space, transform) {
                    (None, _) => self.named(space_name, Direction::Inverse)?,
                    (Some(s), _) if by_name => {
                        self.space_to_reference(s, data_bypass)?;
                        self.named(&v.view_transform, Direction::Inverse)?;
                    }
                    (Some(s), Some(t)) => {
                        self.space_to_reference(s, data_bypass)?;
                        self.view_transform(t, Direction::Inverse)?;
                        self.references(t.reference, start.reference)?;
                        self.reference_to_space(start, data_bypass)?;
                    }
                    (Some(s), None) => self.between(s, start, data_bypass)?,
                }
                if !looks.is_empty() {
                    let end = self
                        .looks(Some(start), &reversed(&looks), false)?
                        .unwrap_or(start);
                    self.between(end, source, data_bypass)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn look(
        &mut self,
        src: &str,
        dst: &str,
        looks: &str,
        skip: bool,
        direction: Direction,
    ) -> Result<(), OcioError> {
        let config = self.config;
        let mut from = config
            .color_space(src)
            .ok_or_else(|| config.unknown("colour space", src))?;
        let mut to = config
            .color_space(dst)
            .ok_or_else(|| config.unknown("colour space", dst))?;
        let mut options = parse_looks(looks);
        if direction == Direction::Inverse {
            std::mem::swap(&mut from, &mut to);
            options = reversed(&options);
        }
        let end = self.looks(Some(from), &options, skip)?.unwrap_or(from);
        if !skip && !std::ptr::eq(end, to) {
            self.between(end, to, true)?;
        }
        Ok(())
    }

    /// Runs the first of the alternatives whose files are there; gives the space it ends in.
    fn looks(
        &mut self,
        from: Option<&'a ColorSpace>,
        options: &[Vec<LookToken>],
        skip: bool,
    ) -> Result<Option<&'a ColorSpace>, OcioError> {
        let mark = self.ops.len();
        let mut missing = None;
        for tokens in options {
            match self.look_tokens(from, tokens, skip) {
                Err(e @ OcioError::MissingFile { .. }) if options.len() > 1 => {
                    self.ops.truncate(mark);
                    missing.get_or_insert(e);
                }
                done => return done,
            }
        }
        missing.map_or(Ok(from), Err)
    }

    fn look_tokens(
        &mut self,
        from: Option<&'a ColorSpace>,
        tokens: &[LookToken],
        skip: bool,
    ) -> Result<Option<&'a ColorSpace>, OcioError> {
        let config = self.config;
        let mut current = from;
        for token in tokens.iter().filter(|t| !t.name.is_empty()) {
            let look = config
                .look(&token.name)
                .ok_or_else(|| config.unknown("look", &token.name))?;
            let space =
                config
                    .color_space(&look.process_space)
                    .ok_or_else(|| OcioError::Undefined {
                        line: look.line.0,
                        user: format!("the look '{}'", look.name),
                        kind: "the process space",
                        name: look.process_space.clone(),
                    })?;
            let before = current.unwrap_or(space);
            if !skip && !std::ptr::eq(before, space) {
                self.between(before, space, true)?;
            }
            if !skip || current.is_none() {
                current = Some(space);
            }
            let (own, other) = match token.direction {
                Direction::Forward => (&look.transform, &look.inverse_transform),
                Direction::Inverse => (&look.inverse_transform, &look.transform),
            };
            let name = (format!("look '{}'", look.name), look.line);
            match (own, other) {
                (Some(t), _) => self.owned(t, name, Direction::Forward)?,
                (None, Some(t)) => self.owned(t, name, Direction::Inverse)?,
                (None, None) => {}
            }
        }
        Ok(current)
    }
}
