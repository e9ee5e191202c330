//! Errors for people: `error: what`, `help: what to do`, and the exit status.

use std::io::Write;
use std::process::ExitCode;
use vfx_core::IoError;

/// Stopped by Ctrl+C, as a shell reports SIGINT.
const INTERRUPTED: u8 = 130;

/// Prints an error. A reader of standard output that went away (`vfx info -v x | head`) is no error.
pub fn render(e: &anyhow::Error, quiet: bool) -> ExitCode {
    let broken = e
        .chain()
        .filter_map(|c| c.downcast_ref::<std::io::Error>())
        .any(|c| c.kind() == std::io::ErrorKind::BrokenPipe);
    if broken {
        return ExitCode::SUCCESS;
    }
    let mut err = std::io::stderr().lock();
    if let Some(IoError::Cancelled) = io_error(e) {
        if !quiet {
            let _ = writeln!(err, "stopped; nothing was written");
        }
        return ExitCode::from(INTERRUPTED);
    }
    let mut said = e.to_string();
    let _ = writeln!(err, "error: {said}");
    for cause in e.chain().skip(1).map(ToString::to_string) {
        // Many errors quote their source already.
        if !said.contains(&cause) {
            let _ = writeln!(err, "  cause: {cause}");
            said = cause;
        }
    }
    if let Some(help) = help(e) {
        let _ = writeln!(err, "help: {help}");
    }
    ExitCode::from(2)
}

/// The file error at the bottom, without its file.
fn io_error(e: &anyhow::Error) -> Option<&IoError> {
    let mut io = e.chain().find_map(|c| {
        c.downcast_ref::<IoError>()
            .or_else(|| match c.downcast_ref::<vfx::Error>() {
                Some(vfx::Error::Io(e)) => Some(e),
                _ => None,
            })
    })?;
    while let IoError::InFile { source, .. } = io {
        io = source;
    }
    Some(io)
}

fn help(e: &anyhow::Error) -> Option<String> {
    let facade = e.chain().find_map(|c| c.downcast_ref::<vfx::Error>());
    match facade {
        Some(vfx::Error::UnknownOp { nearest, .. }) => {
            return Some(match nearest {
                Some(n) => format!("did you mean --{n}? `vfx ops` lists them all"),
                None => "`vfx ops` lists them all".into(),
            });
        }
        Some(vfx::Error::Op(vfx::ops::OpError::Argument { op, .. })) => {
            return vfx::ops::find(op).map(|o| format!("for example {}", o.example));
        }
        Some(vfx::Error::NoPart { .. }) => return Some("`vfx info FILE` lists the parts".into()),
        _ => {}
    }
    let text = match io_error(e)? {
        IoError::Os {
            action: "open",
            source,
        } if source.kind() == std::io::ErrorKind::NotFound => {
            "check the name; `####` and %04d name sequences"
        }
        IoError::Os { source, .. } if source.kind() == std::io::ErrorKind::IsADirectory => {
            "name a file, not a folder"
        }
        IoError::Os { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            "free some space or write elsewhere; an earlier file of that name is untouched"
        }
        IoError::NotRecognised { .. } => "`vfx formats` lists what is read",
        IoError::Malformed { .. } => {
            "the file is damaged; an earlier output of the same name is untouched"
        }
        IoError::UnknownName {
            kind: "output format",
            ..
        } => "`vfx formats` lists what is written",
        _ => return None,
    };
    Some(text.into())
}
