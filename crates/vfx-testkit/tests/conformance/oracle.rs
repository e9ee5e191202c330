//! What OpenImageIO reads, through `peers/oiio_dump.py`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use vfx_testkit::peers;

/// One subimage as OpenImageIO sees it.
#[derive(Debug, Clone, Default)]
pub struct Subimage {
    /// `ok`, `deep`, `volume`, `large`, or `error: ...`.
    pub status: String,
    /// Origin and size of the data window.
    pub window: [i64; 4],
    pub names: Vec<String>,
    pub formats: Vec<String>,
}

/// All answers, in a scratch folder.
pub struct Oracle {
    folder: tempfile::TempDir,
    subimages: HashMap<usize, Vec<Subimage>>,
}

impl Oracle {
    /// Asks about all files at once; `None` without the peer.
    pub fn ask(paths: &[PathBuf]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let list = folder.path().join("list");
        let lines: Vec<_> = paths.iter().map(|p| p.display().to_string()).collect();
        std::fs::write(&list, lines.join("\n")).expect("the scratch folder can be written");
        let args = [&list, folder.path() as &Path].map(|p| p.to_str().expect("a plain path"));
        peers::script("oiio_dump.py", &["OpenImageIO", "numpy"], &args)?;
        let index = std::fs::read_to_string(folder.path().join("index.tsv")).expect("an index");
        let mut subimages: HashMap<usize, Vec<Subimage>> = HashMap::new();
        for line in index.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let file = fields[0].parse().expect("a file number");
            let mut sub = Subimage {
                status: fields[2].to_owned(),
                ..Subimage::default()
            };
            if fields.len() > 8 {
                for (to, from) in sub.window.iter_mut().zip(&fields[3..7]) {
                    *to = from.parse().expect("a window");
                }
                let list = |s: &str, by: char| -> Vec<String> {
                    s.split(by)
                        .filter(|s| !s.is_empty())
                        .map(str::to_owned)
                        .collect()
                };
                sub.names = list(fields[7], '\u{1f}');
                sub.formats = list(fields[8], ',');
            }
            subimages.entry(file).or_default().push(sub);
        }
        Some(Self { folder, subimages })
    }
    /// The subimages of a file, empty if it was refused whole.
    pub fn of(&self, file: usize) -> &[Subimage] {
        let all = self.subimages.get(&file).map_or(&[][..], Vec::as_slice);
        if all.len() == 1 && all[0].status.starts_with("error") {
            &[]
        } else {
            all
        }
    }
    /// The planes of a subimage that is `ok`.
    pub fn samples(&self, file: usize, sub: usize) -> Vec<u8> {
        let path = self.folder.path().join(format!("{file}_{sub}.bin"));
        std::fs::read(path).expect("a dump of samples")
    }
}
