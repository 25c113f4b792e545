//! The header of a file: which column holds which field.

use super::field::{Field, IDENTITY};
use crate::error::{Error, Result};

/// The columns of one file.
#[derive(Debug, Default)]
pub(super) struct Header {
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: String,
    field: Option<Field>,
}

impl Header {
    /// Finds out what each column holds.
    pub(super) fn read<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut columns: Vec<Column> = Vec::new();
        for name in names {
            let (name, field) = (name.trim().to_owned(), Field::named(name));
            let earlier = columns.iter().find(|column| field.is_some() && column.field == field);
            if let Some(earlier) = earlier {
                let rule = format!("has both {:?} and {name:?} for the same field", earlier.name);
                return Err(Error::invalid("the header", rule));
            }
            columns.push(Column { name, field });
        }
        let header = Self { columns };
        if header.columns.iter().all(|column| column.field.is_none()) {
            let rule = format!("has no column that is known; known are {}", Field::first_words());
            return Err(Error::invalid("the header", rule));
        }
        if IDENTITY.iter().all(|field| header.name(*field).is_none()) {
            let rule =
                "has no column that tells who a row is about: Id, ExternalId or CardSerialNumber";
            return Err(Error::invalid("the header", rule));
        }
        Ok(header)
    }

    /// How many columns there are.
    pub(super) fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// What the column at `index` holds, if anything known.
    pub(super) fn field(&self, index: usize) -> Option<Field> {
        self.columns.get(index)?.field
    }

    /// What the file calls the field.
    pub(super) fn name(&self, field: Field) -> Option<&str> {
        let column = self.columns.iter().find(|column| column.field == Some(field))?;
        Some(&column.name)
    }

    /// What the file calls that which the library's errors call `parameter`, indexes left out.
    pub(super) fn name_of(&self, parameter: &str) -> Option<&str> {
        let parameter = without_indexes(parameter);
        let column = self
            .columns
            .iter()
            .find(|column| column.field.is_some_and(|field| field.parameter() == parameter))?;
        Some(&column.name)
    }

    /// The columns that are left out, by name.
    pub(super) fn ignored(&self) -> Vec<String> {
        let ignored =
            self.columns.iter().filter(|column| column.field.is_none() && !column.name.is_empty());
        ignored.map(|column| column.name.clone()).collect()
    }
}

/// `cards[3].serial_number` without what stands in brackets.
fn without_indexes(parameter: &str) -> String {
    let mut depth = 0_u32;
    let outside = parameter.chars().filter(|c| match c {
        '[' => {
            depth += 1;
            false
        }
        ']' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    });
    outside.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Shows what each header of a file is taken for.
    fn check(headers: &str, expected: &Expect) {
        let mut shown = match Header::read(headers.split(',')) {
            Err(error) => error.to_string(),
            Ok(header) => {
                let meaning = |column: &Column| match column.field {
                    Some(field) => format!("{} = {}", column.name, field.parameter()),
                    None => format!("{} is ignored", column.name),
                };
                header.columns.iter().map(meaning).collect::<Vec<_>>().join("\n")
            }
        };
        shown.push('\n');
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_words_of_portos() {
        check(
            "cardserialnumber,FIRSTNAME,Company.Name,Address.Street,PostalCode,Delivery_Street,DeliveryAddress.Zip Code,Address.Note,Note,Cards[0].Processor",
            &expect![[r#"
                cardserialnumber = cards.serial_number
                FIRSTNAME = first_name
                Company.Name = company.name
                Address.Street = address.line1
                PostalCode = address.postal_code
                Delivery_Street = delivery.line1
                DeliveryAddress.Zip Code = delivery.postal_code
                Address.Note = address.note
                Note = note
                Cards[0].Processor is ignored
            "#]],
        );
    }

    #[test]
    fn the_words_of_dotykacka() {
        check(
            "externalId,customerId,vatNo,barCode,birthDay,address,addressLine2,city,zip,country,internalNote,tags,discountGroup_id",
            &expect![[r#"
                externalId = external_id
                customerId = id
                vatNo = vat_no
                barCode = cards.serial_number
                birthDay = birth_date
                address = address.line1
                addressLine2 = address.line2
                city = address.city
                zip = address.postal_code
                country = address.country
                internalNote = note
                tags is ignored
                discountGroup_id is ignored
            "#]],
        );
    }

    #[test]
    fn plain_english_words() {
        check(
            "card number, First Name ,surname,discount,balance,e-mail,date of birth,address line 1,points",
            &expect![[r#"
                card number = cards.serial_number
                First Name = first_name
                surname = last_name
                discount = discount_rate
                balance = amount
                e-mail = email
                date of birth = birth_date
                address line 1 = address.line1
                points is ignored
            "#]],
        );
    }

    #[test]
    fn a_header_that_cannot_be_used() {
        check(
            "Card,barCode",
            &expect![[r#"
                the header has both "Card" and "barCode" for the same field
            "#]],
        );
        check(
            "FirstName,LastName",
            &expect![[r#"
                the header has no column that tells who a row is about: Id, ExternalId or CardSerialNumber
            "#]],
        );
        check(
            "00012345,Ada",
            &expect![[r#"
                the header has no column that is known; known are Id, ExternalId, CardSerialNumber, CardIsActive, IsActive, Standing, Ban, ActivationTime, ExpirationTime, FirstName, MiddleName, LastName, FullName, Gender, BirthDate, Email, Phone, IsCompany, CompanyName, CompanyCrn, CompanyVatId, CompanyTaxId, VatNo, DiscountRate, CreditRate, CreditLine, CreditAmount, Note, InternalNote, Street, Street2, City, State, PostalCode, Country, Latitude, Longitude, AddressName, AddressNote
            "#]],
        );
    }
}
