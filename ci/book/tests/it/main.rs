//! The book of this repository, and small books with one mistake each.

mod repository;
mod small;
