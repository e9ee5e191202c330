//! Image operations on the streaming graph.
