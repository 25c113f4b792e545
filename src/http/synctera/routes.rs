//! The routes of Synctera.

use crate::http::problem;
use crate::http::route::{Dialect, Route};

/// Synctera at its base path.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "synctera",
    about: "Customers as the Synctera v0 page has them.",
    routes: ROUTES,
    refuse: problem::refuse,
    refusal: (problem::PROBLEM, |generator| generator.subschema_for::<problem::Problem<'_>>()),
};

const ROUTES: &[Route] = &[];
