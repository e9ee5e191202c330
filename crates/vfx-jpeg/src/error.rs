//! What can go wrong, one enum for the crate.

/// An error of decoding, encoding or transforming.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JpegError {
    /// The data breaks the format.
    #[error("{what} at byte {offset}")]
    Corrupt {
        /// What is wrong.
        what: &'static str,
        /// Where in the stream.
        offset: u64,
    },
    /// The format allows it and this codec does not do it.
    #[error("{what} is not supported")]
    Unsupported {
        /// The feature.
        what: &'static str,
    },
    /// A limit would be passed; raise it in the options.
    #[error("{what} is {found}, above the limit of {limit}")]
    Limit {
        /// The limit's name.
        what: &'static str,
        /// What the file asks for.
        found: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The data ends early.
    #[error("data ends at byte {offset}, inside {what}")]
    Truncated {
        /// The part that is cut.
        what: &'static str,
        /// Where the data ends.
        offset: u64,
    },
    /// A parameter of the caller makes no sense.
    #[error("{parameter}: {reason}")]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Writing the output failed.
    #[error("cannot write")]
    Write(#[source] std::io::Error),
}
