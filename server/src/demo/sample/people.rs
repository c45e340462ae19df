//! The people of the demo, beside the admin who sets the server up.

use vitae_contracts_core::Role;

use super::SamplePerson;

/// The people; `SampleResume::owner` is an index into this list.
pub(crate) fn people() -> Vec<SamplePerson> {
    let person = |(name, email, role)| SamplePerson { name, email, role };
    PEOPLE.map(person).into()
}

const PEOPLE: [(&str, &str, Role); 25] = [
    ("Ada Okafor", "ada.okafor@example.com", Role::Admin),
    ("Marek Dvořák", "marek.dvorak@example.org", Role::Admin),
    ("Siobhán O’Reilly", "siobhan@example.net", Role::Editor),
    ("陈雨桐", "yutong.chen@example.com", Role::Editor),
    ("Thandiwe Mokoena", "thandiwe.mokoena@example.org", Role::Editor),
    ("Lars Ødegård", "lars.odegard@example.net", Role::Editor),
    ("Ελένη Παπαδοπούλου", "eleni.p@example.org", Role::Viewer),
    ("João Figueiredo", "joao.figueiredo@example.com", Role::Viewer),
    ("Noor van den Berg", "noor.vandenberg@example.net", Role::Viewer),
    ("佐藤 美咲", "misaki.sato@example.com", Role::Member),
    ("Jürgen Weiß", "juergen.weiss@example.org", Role::Member),
    ("Élodie Lefèvre", "elodie@example.net", Role::Member),
    ("María José Núñez Íñiguez", "mj.nunez@example.com", Role::Member),
    ("Дмитро Коваленко", "dmytro.kovalenko@example.org", Role::Member),
    ("आरती शर्मा", "aarti.sharma@example.com", Role::Member),
    ("ليلى حداد", "layla.haddad@example.net", Role::Member),
    ("Nguyễn Thị Minh Anh", "minhanh.nguyen@example.com", Role::Member),
    ("Aroha Ngata", "aroha.ngata@example.org", Role::Member),
    ("Kwame Mensah", "kwame+work@example.com", Role::Member),
    ("김서연", "seoyeon.kim@example.net", Role::Member),
    ("Ayşe Yılmaz", "ayse.yilmaz@example.org", Role::Member),
    ("Samuel Goldberg-Ruiz", "sam@example.com", Role::Member),
    ("Ольга Петрова", "olga.petrova@example.net", Role::Member),
    ("Camille N’Diaye", "camille.ndiaye@example.org", Role::Member),
    ("Mateo Quispe Mamani", "mateo.quispe@example.com", Role::Member),
];
