//! Faults from outside: a full disk, signals, names that lie, folders. Whatever happens, an earlier output stays as it was.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const VFX: &str = env!("CARGO_BIN_EXE_vfx");
/// Noise that takes many seconds to deflate: time enough for a signal.
const LONG: &str = "null:20000x20000?pattern=noise";
/// Longest wait for a process to get somewhere.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with an earlier output `out.tif` in it.
struct Bench {
    folder: tempfile::TempDir,
    before: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut bench = Self {
            folder,
            before: Vec::new(),
        };
        let made = bench.vfx(&["convert", "null:8x8?pattern=noise", "out.tif"]);
        assert!(made.status.success(), "{}", text(&made));
        bench.before = std::fs::read(bench.path("out.tif")).expect("an output");
        bench
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    fn command(&self, program: &str) -> Command {
        let mut c = Command::new(program);
        c.current_dir(self.folder.path());
        c
    }
    fn vfx(&self, line: &[&str]) -> Output {
        let mut c = self.command(VFX);
        c.args(line).args(["--threads", "2"]);
        c.output().expect("vfx starts")
    }
    /// Files being written.
    fn parts(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder");
        entries
            .map(|e| e.expect("an entry").path())
            .filter(|p| p.extension().is_some_and(|e| e == "part"))
            .collect()
    }
    fn earlier_output_stands(&self) {
        let now = std::fs::read(self.path("out.tif")).expect("the earlier output");
        assert!(now == self.before, "the earlier output was changed");
    }
    /// Starts a long conversion onto `out.tif` and waits until it has written some.
    fn half_way(&self) -> Child {
        let mut c = self.command(VFX);
        c.args([
            "convert",
            LONG,
            "out.tif",
            "--compression",
            "zip",
            "--quiet",
        ]);
        c.args(["--threads", "2"]).stderr(Stdio::piped());
        let child = c.spawn().expect("vfx starts");
        wait_until("some bytes are written", || {
            let written = |p: &PathBuf| p.metadata().is_ok_and(|m| m.len() > 1 << 20);
            self.parts().iter().any(written)
        });
        child
    }
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status();
    assert!(sent.expect("sh starts").success());
}

/// A failure as it shall be: status 2 and a message without a panic that names the file.
fn refused(out: &Output, name: &str) -> String {
    let err = text(out);
    assert_eq!(out.status.code(), Some(2), "{err}");
    assert!(
        err.contains("error: ") && err.contains(name) && !err.contains("panicked"),
        "{err}"
    );
    err
}

#[test]
fn disk_full_leaves_the_earlier_output() {
    let b = Bench::new();
    // Files may have 512 blocks of 512 or 1024 bytes; the picture needs 3 MB however it is written.
    for ext in ["tif", "exr", "png", "dpx", "ppm"] {
        let out = format!("out.{ext}");
        let earlier = b"an earlier output";
        if ext != "tif" {
            std::fs::write(b.path(&out), earlier).expect("written");
        }
        let line = format!(
            "trap '' XFSZ; ulimit -f 512; exec \"$0\" convert \
             'null:1000x1000?pattern=noise&type=u8' {out} --threads 2"
        );
        let ran = b.command("sh").args(["-c", &line, VFX]).output();
        let err = refused(&ran.expect("sh starts"), &out);
        assert!(err.contains("too large") || err.contains("space"), "{err}");
        if ext == "tif" {
            b.earlier_output_stands();
        } else {
            assert_eq!(std::fs::read(b.path(&out)).expect("still there"), earlier);
        }
        assert_eq!(b.parts(), [] as [PathBuf; 0], "{ext}");
    }
}

#[test]
fn interrupt_leaves_the_earlier_output() {
    let b = Bench::new();
    for name in ["INT", "TERM"] {
        let child = b.half_way();
        let sent = Instant::now();
        signal(&child, name);
        let out = child.wait_with_output().expect("an end");
        assert!(!out.status.success(), "{name}: {}", text(&out));
        assert!(sent.elapsed() < Duration::from_secs(20), "{name}: slow");
        assert!(!text(&out).contains("panicked"), "{name}: {}", text(&out));
        b.earlier_output_stands();
        if name == "INT" {
            assert_eq!(
                b.parts(),
                [] as [PathBuf; 0],
                "SIGINT leaves no part behind"
            );
        }
        b.parts().iter().for_each(|p| {
            let _ = std::fs::remove_file(p);
        });
    }
}

#[test]
fn kill_leaves_the_earlier_output() {
    let b = Bench::new();
    let mut child = b.half_way();
    child.kill().expect("a running process");
    child.wait().expect("an end");
    b.earlier_output_stands();
    // What is left of it is in nobody's way.
    let again = b.vfx(&["convert", "null:9x9", "out.tif"]);
    assert!(again.status.success(), "{}", text(&again));
}

#[test]
fn wrong_extension_opens_and_says_so() {
    let b = Bench::new();
    for (made, called) in [("a.png", "a.exr"), ("b.exr", "b.tif"), ("c.tif", "c.png")] {
        let out = b.vfx(&["convert", "null:8x8?pattern=noise", made]);
        assert!(out.status.success(), "{}", text(&out));
        std::fs::copy(b.path(made), b.path(called)).expect("a copy");
        let out = b.vfx(&["convert", called, "back.tif"]);
        let err = text(&out);
        assert!(out.status.success(), "{err}");
        assert!(
            err.contains("the name says") && err.contains(called),
            "{err}"
        );
        let same = b.vfx(&["diff", made, called, "--fail", "0"]);
        assert_eq!(same.status.code(), Some(0), "{}", text(&same));
    }
}

#[test]
fn unreadable_input_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let b = Bench::new();
    std::fs::copy(b.path("out.tif"), b.path("shut.tif")).expect("a copy");
    let shut = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(b.path("shut.tif"), shut).expect("permissions");
    if std::fs::File::open(b.path("shut.tif")).is_ok() {
        println!("SKIPPED: root reads everything");
        return;
    }
    let err = refused(&b.vfx(&["convert", "shut.tif", "out.tif"]), "shut.tif");
    assert!(err.to_lowercase().contains("permission"), "{err}");
    b.earlier_output_stands();
}

#[test]
fn special_files_are_no_images() {
    let b = Bench::new();
    for name in ["/dev/null", "/dev/zero"] {
        refused(&b.vfx(&["convert", name, "out.tif"]), name);
    }
    let out = b.vfx(&["convert", "out.tif", "/dev/full/out.tif"]);
    refused(&out, "/dev/full/out.tif");
    b.earlier_output_stands();
}

#[test]
fn messages_say_what_is_wrong() {
    let b = Bench::new();
    std::fs::create_dir(b.path("folder.tif")).expect("a folder");
    std::fs::write(b.path("empty.tif"), b"").expect("written");
    let says = |line: &[&str], name: &str, words: &str| {
        let err = refused(&b.vfx(line), name);
        assert!(err.to_lowercase().contains(words), "{line:?}: {err}");
    };
    says(
        &["convert", "folder.tif", "a.tif"],
        "folder.tif",
        "directory",
    );
    says(
        &["convert", "out.tif", "folder.tif"],
        "folder.tif",
        "directory",
    );
    says(&["convert", "empty.tif", "a.tif"], "empty.tif", "empty");
    let missing = Path::new("no").join("such").join("a.tif");
    let missing = missing.to_str().expect("text");
    says(
        &["convert", "out.tif", missing],
        missing,
        "no such file or directory",
    );
    assert!(!b.path("a.tif").exists());
    b.earlier_output_stands();
}
