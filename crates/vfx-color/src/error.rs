//! What can go wrong, one enum for the crate.

use std::path::PathBuf;

/// An error of colour data, files or programs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ColorError {
    /// A parameter of an operation is outside what its definition allows.
    #[error("{op}: {parameter} is {found}, expected {expected}")]
    Parameter {
        /// The operation.
        op: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was found.
        found: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// The operation has no inverse with these parameters.
    #[error("{op} cannot be inverted: {reason}")]
    NotInvertible {
        /// The operation.
        op: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// No operation, style or space of that name.
    #[error("unknown {kind} '{name}'")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A file breaks its format.
    #[error("{format}, line {line}: {reason}: \"{path}\"")]
    File {
        /// The format.
        format: &'static str,
        /// Line in the file, from 1; 0 where there are no lines.
        line: usize,
        /// What is wrong and what was expected.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// No reader knows the content of the file.
    #[error("no colour file format knows this content: \"{path}\"")]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The format cannot hold these operations.
    #[error("{format} cannot hold {what}")]
    CannotHold {
        /// The format.
        format: &'static str,
        /// What does not fit.
        what: String,
    },
    /// A size passes a limit; the message says which.
    #[error("{what} is {found}, above the limit of {limit}")]
    Limit {
        /// The limit.
        what: &'static str,
        /// What was asked for.
        found: u64,
        /// What is allowed.
        limit: u64,
    },
    /// Reading or writing failed.
    #[error("cannot access \"{path}\"")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}
