//! Shipped files and documentation agree with the code.
