//! The config as data: what the file says, with the lines where it says it. Lookups are in `names`, `display` and `rules`.
//!
//! Names compare without regard to case, as in OpenColorIO. Lists keep the order of the file.

use crate::context::Files;
use crate::transform::{Allocation, Transform};
use crate::{OcioError, Warning};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where something stands in the file. All lines are equal, so that equal configs are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line(pub usize);

impl PartialEq for Line {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// `ocio_profile_version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 1 or 2.
    pub major: u32,
    /// 0 to 6.
    pub minor: u32,
}

impl Version {
    /// The newest that is known.
    pub const LATEST: Self = Self { major: 2, minor: 6 };

    /// `2.1`.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.minor == 0 {
            write!(f, "{}", self.major)
        } else {
            write!(f, "{}.{}", self.major, self.minor)
        }
    }
}

/// The two reference spaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "OpenColorIO's names")]
pub enum Reference {
    #[default]
    Scene,
    Display,
}

/// A colour space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColorSpace {
    /// Name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Id in the Colour Interop Forum's list, or one's own.
    pub interop_id: String,
    /// Which reference it is defined by.
    pub reference: Reference,
    /// Place in menus.
    pub family: String,
    /// Spaces of one group are equal: no conversion between them.
    pub equality_group: String,
    /// `8ui` to `32f`; `unknown`.
    pub bit_depth: String,
    /// For people.
    pub description: String,
    /// No colour: left alone by conversions.
    pub is_data: bool,
    /// Kinds of use.
    pub categories: Vec<String>,
    /// `scene-linear`, `log`, `sdr-video` ...
    pub encoding: String,
    /// `amf_transform_ids`, `icc_profile_name`.
    pub interchange: BTreeMap<String, String>,
    /// Layout for graphics processors.
    pub allocation: Allocation,
    /// Its parameters.
    pub allocation_vars: Vec<f32>,
    /// To the reference.
    pub to_reference: Option<Transform>,
    /// From the reference.
    pub from_reference: Option<Transform>,
    /// Where it is in the file.
    pub line: Line,
}

/// A look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// Name.
    pub name: String,
    /// The colour space it works in.
    pub process_space: String,
    /// Forward.
    pub transform: Option<Transform>,
    /// Backwards, where it is not the inverse of the other.
    pub inverse_transform: Option<Transform>,
    /// For people.
    pub description: String,
    /// `amf_transform_ids`.
    pub interchange: BTreeMap<String, String>,
    /// Where it is in the file.
    pub line: Line,
}

/// From a reference to the display reference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewTransform {
    /// Name.
    pub name: String,
    /// The reference it starts from.
    pub reference: Reference,
    /// Place in menus.
    pub family: String,
    /// Kinds of use.
    pub categories: Vec<String>,
    /// For people.
    pub description: String,
    /// `amf_transform_ids`.
    pub interchange: BTreeMap<String, String>,
    /// Towards the display.
    pub from_reference: Option<Transform>,
    /// Away from it.
    pub to_reference: Option<Transform>,
    /// Where it is in the file.
    pub line: Line,
}

/// A transform with a name that is no space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamedTransform {
    /// Name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Place in menus.
    pub family: String,
    /// Kinds of use.
    pub categories: Vec<String>,
    /// `log`, `sdr-video` ...
    pub encoding: String,
    /// For people.
    pub description: String,
    /// Forward.
    pub transform: Option<Transform>,
    /// Backwards.
    pub inverse_transform: Option<Transform>,
    /// Where it is in the file.
    pub line: Line,
}

/// A view of a display, or a shared one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Name.
    pub name: String,
    /// Other names (2.6).
    pub aliases: Vec<String>,
    /// The view transform or named transform; empty if there is none.
    pub view_transform: String,
    /// The colour space or display colour space, or `<USE_DISPLAY_NAME>`.
    pub color_space: String,
    /// Looks to apply.
    pub looks: String,
    /// Viewing rule that says for which images it is.
    pub rule: String,
    /// For people.
    pub description: String,
    /// Where it is in the file.
    pub line: Line,
}

/// The colour space of a shared view that is the display's own.
pub const USE_DISPLAY_NAME: &str = "<USE_DISPLAY_NAME>";

/// A display and its views.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Display {
    /// Name.
    pub name: String,
    /// Its own views.
    pub views: Vec<View>,
    /// Names of shared views.
    pub shared: Vec<String>,
    /// Where it is in the file.
    pub line: Line,
}

/// A rule that finds the colour space of a file by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRule {
    /// Name; `Default` and `ColorSpaceNamePathSearch` are special.
    pub name: String,
    /// What it gives.
    pub color_space: String,
    /// How it matches.
    pub matcher: Matcher,
    /// Keys of applications.
    pub custom: Vec<(String, String)>,
    /// Where it is in the file.
    pub line: Line,
}

/// How a file rule matches.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// Always.
    Default,
    /// A colour space's name is in the path.
    PathSearch,
    /// A pattern of the path and one of the extension, with `*`, `?` and `[]`.
    Glob {
        /// Of the path without extension.
        pattern: String,
        /// Of the extension, without regard to case if it has no wildcard.
        extension: String,
    },
    /// A regular expression of the whole path.
    Regex(String),
}

/// A rule that says for which images a view is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewingRule {
    /// Name.
    pub name: String,
    /// Colour spaces or roles.
    pub color_spaces: Vec<String>,
    /// Encodings.
    pub encodings: Vec<String>,
    /// Keys of applications.
    pub custom: Vec<(String, String)>,
    /// Where it is in the file.
    pub line: Line,
}

/// An OpenColorIO config.
#[derive(Clone, Debug)]
pub struct Config {
    /// The version it declares.
    pub version: Version,
    /// Name.
    pub name: String,
    /// For people.
    pub description: String,
    /// Context variables with their defaults.
    pub environment: BTreeMap<String, String>,
    /// The key `environment` is there: only its variables count, not all of the process.
    pub environment_declared: bool,
    /// Folders of files, with context variables.
    pub search_paths: Vec<String>,
    /// Names in file paths must be of the config.
    pub strict_parsing: bool,
    /// Between the parts of a family; `/` as a rule.
    pub family_separator: char,
    /// Weights of red, green and blue.
    pub luma: [f64; 3],
    /// Role, in lower case, to colour space.
    pub roles: BTreeMap<String, String>,
    /// In order; the last is `Default`.
    pub file_rules: Vec<FileRule>,
    /// For views.
    pub viewing_rules: Vec<ViewingRule>,
    /// Views that displays share.
    pub shared_views: Vec<View>,
    /// Displays.
    pub displays: Vec<Display>,
    /// The views of a display made from an ICC profile.
    pub virtual_display: Option<Display>,
    /// Aliases of display spaces are names of displays (2.6).
    pub use_display_aliases: bool,
    /// Which displays are shown, in this order; all if empty.
    pub active_displays: Vec<String>,
    /// Which views are shown, in this order; all if empty.
    pub active_views: Vec<String>,
    /// Colour spaces and named transforms that menus leave out.
    pub inactive_color_spaces: Vec<String>,
    /// The view transform between the references; the first from the scene if empty.
    pub default_view_transform: String,
    /// View transforms.
    pub view_transforms: Vec<ViewTransform>,
    /// Looks.
    pub looks: Vec<Look>,
    /// Colour spaces of both references, those of displays first where the file has them first.
    pub color_spaces: Vec<ColorSpace>,
    /// Named transforms.
    pub named_transforms: Vec<NamedTransform>,
    /// What relative search paths start from.
    pub working_dir: Option<PathBuf>,
    /// The files of its transforms: a folder or an archive.
    pub(crate) files: Files,
    /// What was remarked while reading.
    pub warnings: Vec<Warning>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: Version::LATEST,
            name: String::new(),
            description: String::new(),
            environment: BTreeMap::new(),
            environment_declared: true,
            search_paths: Vec::new(),
            strict_parsing: true,
            family_separator: '/',
            luma: [0.2126, 0.7152, 0.0722],
            roles: BTreeMap::new(),
            file_rules: vec![FileRule::default_rule("default")],
            viewing_rules: Vec::new(),
            shared_views: Vec::new(),
            displays: Vec::new(),
            virtual_display: None,
            use_display_aliases: false,
            active_displays: Vec::new(),
            active_views: Vec::new(),
            inactive_color_spaces: Vec::new(),
            default_view_transform: String::new(),
            view_transforms: Vec::new(),
            looks: Vec::new(),
            color_spaces: Vec::new(),
            named_transforms: Vec::new(),
            working_dir: None,
            files: Files::Disk,
            warnings: Vec::new(),
        }
    }
}

/// Everything but where it came from.
impl PartialEq for Config {
    fn eq(&self, o: &Self) -> bool {
        (
            self.version,
            &self.name,
            &self.description,
            &self.environment,
            self.environment_declared,
        ) == (
            o.version,
            &o.name,
            &o.description,
            &o.environment,
            o.environment_declared,
        ) && (
            &self.search_paths,
            self.strict_parsing,
            self.family_separator,
            self.luma,
            &self.roles,
        ) == (
            &o.search_paths,
            o.strict_parsing,
            o.family_separator,
            o.luma,
            &o.roles,
        ) && (
            &self.file_rules,
            &self.viewing_rules,
            &self.shared_views,
            &self.displays,
        ) == (
            &o.file_rules,
            &o.viewing_rules,
            &o.shared_views,
            &o.displays,
        ) && (
            &self.virtual_display,
            self.use_display_aliases,
            &self.active_displays,
            &self.active_views,
        ) == (
            &o.virtual_display,
            o.use_display_aliases,
            &o.active_displays,
            &o.active_views,
        ) && (
            &self.inactive_color_spaces,
            &self.default_view_transform,
            &self.view_transforms,
        ) == (
            &o.inactive_color_spaces,
            &o.default_view_transform,
            &o.view_transforms,
        ) && (&self.looks, &self.color_spaces, &self.named_transforms)
            == (&o.looks, &o.color_spaces, &o.named_transforms)
    }
}

impl FileRule {
    /// The last rule of a list.
    #[must_use]
    pub fn default_rule(color_space: &str) -> Self {
        Self {
            name: "Default".into(),
            color_space: color_space.into(),
            matcher: Matcher::Default,
            custom: Vec::new(),
            line: Line(0),
        }
    }
}

impl Config {
    /// Opens a config: a file, an archive, or a built-in one (`ocio://NAME`).
    ///
    /// # Errors
    ///
    /// If it cannot be read, or breaks the format.
    pub fn open(name: impl AsRef<Path>) -> Result<Self, OcioError> {
        let path = name.as_ref();
        if let Some(builtin) = path.to_str().and_then(|s| s.strip_prefix("ocio://")) {
            return crate::builtin::config(builtin);
        }
        if path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("ocioz"))
        {
            return crate::archive::open(path);
        }
        let text = std::fs::read(path).map_err(|source| OcioError::Io {
            path: path.into(),
            source,
        })?;
        if text.starts_with(b"PK\x03\x04") {
            return crate::archive::open(path);
        }
        let text = String::from_utf8_lossy(&text);
        let mut config = Self::parse(&text).map_err(|e| e.in_file(path))?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
        config.working_dir = absolute.parent().map(Path::to_owned);
        Ok(config)
    }

    /// The config of the variable `OCIO`; `None` if it is not set.
    ///
    /// # Errors
    ///
    /// [`OcioError::Environment`] with what [`Config::open`] gives.
    pub fn from_environment() -> Option<Result<Self, OcioError>> {
        let name = std::env::var_os("OCIO").filter(|n| !n.is_empty())?;
        let of_variable = |e| OcioError::Environment {
            source: Box::new(e),
        };
        Some(Self::open(PathBuf::from(name)).map_err(of_variable))
    }

    /// Reads the text of a config. Files of its transforms are looked for from the current folder.
    ///
    /// # Errors
    ///
    /// If the text breaks the format.
    pub fn parse(text: &str) -> Result<Self, OcioError> {
        crate::read::config(text)
    }

    /// Takes the files of transforms from memory: path and bytes.
    pub(crate) fn with_archive(mut self, files: BTreeMap<String, Arc<[u8]>>) -> Self {
        self.files = Files::Archive(Arc::new(files));
        self
    }
}

impl Config {
    /// Declares a newer version. File rules that an older version implies are written out from then on.
    pub fn upgrade(&mut self, version: Version) {
        if version > self.version {
            self.version = version;
            self.environment_declared |= version.major >= 2;
        }
    }
}
