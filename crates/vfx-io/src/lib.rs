//! Readers and writers of image files, metadata and sequences.
