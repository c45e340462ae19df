//! The words: one file for each trade, with the people who practise it.

mod accounting;
mod cuisine;
mod design;
mod elektro;
mod logistica;
mod logistics;
mod nursing;
mod pflege;
mod research;
mod software;
mod teaching;

use super::portfolio::Portfolio;

/// Every portfolio, trade by trade.
pub(super) fn portfolios() -> impl Iterator<Item = &'static Portfolio> {
    let trades: [&'static [Portfolio]; 11] = [
        &software::PORTFOLIOS,
        &nursing::PORTFOLIOS,
        &accounting::PORTFOLIOS,
        &teaching::PORTFOLIOS,
        &logistics::PORTFOLIOS,
        &research::PORTFOLIOS,
        &design::PORTFOLIOS,
        &pflege::PORTFOLIOS,
        &elektro::PORTFOLIOS,
        &cuisine::PORTFOLIOS,
        &logistica::PORTFOLIOS,
    ];
    trades.into_iter().flatten()
}
