//! What can be wrong with an operation's arguments.

/// A refused operation.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum OpError {
    /// An argument that cannot be read.
    #[error("--{op}: {argument} is '{found}', expected {expected}")]
    Argument {
        /// Operation name.
        op: &'static str,
        /// Which argument or modifier.
        argument: String,
        /// What was given.
        found: String,
        /// What is understood.
        expected: &'static str,
    },
    /// A modifier that the operation does not have.
    #[error("--{op} has no modifier '{found}'; it has: {known}")]
    Modifier {
        /// Operation name.
        op: &'static str,
        /// What was given.
        found: String,
        /// Its modifiers.
        known: String,
    },
    /// Images that do not go together.
    #[error("--{op}: {problem}")]
    Images {
        /// Operation name.
        op: &'static str,
        /// Why not.
        problem: String,
    },
}
