//! The command lines of the pages: a client that follows them, with the forms that they send.

use expect_test::expect;

use super::check;

#[test]
fn a_customer_comes_and_goes() {
    check(
        r"
        admin POST customers name=Juno+Hale&email=juno%40example.org&external_id=POS-881&ssn_last4=0412&address%5Bpostal_code%5D=55401&address%5Bline1%5D=9+Mill+St&metadata%5Btier%5D=gold
        reader GET customers
        reader GET customers/POS-881
        admin PUT customers/POS-881 name=Juno+Vale
        admin DELETE customers/POS-881
        reader GET customers/POS-881
        admin DELETE customers/POS-881
        admin PUT customers/POS-881 name=Juno
        admin POST customers name=Another&external_id=POS-881
        ",
        expect![[r#"
            > admin POST customers name=Juno+Hale&email=juno%40example.org&external_id=POS-881&ssn_last4=0412&address%5Bpostal_code%5D=55401&address%5Bline1%5D=9+Mill+St&metadata%5Btier%5D=gold
            201 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":"POS-881","name":"Juno Hale","email":"juno@example.org","phone":null,"dob":null,"date_of_birth":null,"ssn":"0412","status":"active","address":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"addresses":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"metadata":[{"attribute":"tier","value":"gold"}]}}
            > reader GET customers
            200 {"data":[{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":"POS-881","name":"Juno Hale","email":"juno@example.org","phone":null,"dob":null,"date_of_birth":null,"ssn":"0412","status":"active","address":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"addresses":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"metadata":[{"attribute":"tier","value":"gold"}]}],"links":{"first":"http://shop:4000/api/v1/customers?page=1","last":"http://shop:4000/api/v1/customers?page=1","prev":null,"next":null},"meta":{"current_page":1,"from":1,"last_page":1,"path":"http://shop:4000/api/v1/customers","per_page":10,"to":1,"total":1}}
            > reader GET customers/POS-881
            200 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":"POS-881","name":"Juno Hale","email":"juno@example.org","phone":null,"dob":null,"date_of_birth":null,"ssn":"0412","status":"active","address":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"addresses":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"metadata":[{"attribute":"tier","value":"gold"}]}}
            > admin PUT customers/POS-881 name=Juno+Vale
            200 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":"POS-881","name":"Juno Vale","email":"juno@example.org","phone":null,"dob":null,"date_of_birth":null,"ssn":"0412","status":"active","address":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"addresses":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"55401","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"metadata":[{"attribute":"tier","value":"gold"}]}}
            > admin DELETE customers/POS-881
            200 {"success":true}
            > reader GET customers/POS-881
            404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
            > admin DELETE customers/POS-881
            404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
            > admin PUT customers/POS-881 name=Juno
            404 {"message":"There is no such customer.","error":"There is no such customer.","errorCode":"not_found"}
            > admin POST customers name=Another&external_id=POS-881
            201 {"data":{"id":"018cc820-db37-7758-98f4-3b80e1355b9e","external_id":"POS-881","name":"Another","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"active","address":[],"addresses":[],"metadata":[]}}
        "#]],
    );
}

#[test]
fn addresses_come_and_go() {
    check(
        r"
        admin POST customers name=Juno+Hale&external_id=C
        admin POST customers/C/addresses name=Home&country=USA&city=Minneapolis&state=Minnesota&line1=9+Mill+St&line2=&postal_code=55401&is_primary=false
        admin POST customers/C/addresses name=Work&postal_code=10001&is_primary=true
        reader GET customers/C/addresses
        reader GET customers/C
        ",
        expect![[r#"
            > admin POST customers name=Juno+Hale&external_id=C
            201 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":"C","name":"Juno Hale","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"active","address":[],"addresses":[],"metadata":[]}}
            > admin POST customers/C/addresses name=Home&country=USA&city=Minneapolis&state=Minnesota&line1=9+Mill+St&line2=&postal_code=55401&is_primary=false
            201 {"data":{"id":"018cc820-db30-718e-92bf-b27bb68e2bf4","name":"Home","city":"Minneapolis","postal_code":"55401","country":"USA","line1":"9 Mill St","line2":null,"state":"Minnesota","is_primary":true}}
            > admin POST customers/C/addresses name=Work&postal_code=10001&is_primary=true
            201 {"data":{"id":"018cc820-db31-7758-98f4-3b80e1355b9e","name":"Work","city":null,"postal_code":"10001","country":null,"line1":null,"line2":null,"state":null,"is_primary":true}}
            > reader GET customers/C/addresses
            200 {"data":[{"id":"018cc820-db30-718e-92bf-b27bb68e2bf4","name":"Home","city":"Minneapolis","postal_code":"55401","country":"USA","line1":"9 Mill St","line2":null,"state":"Minnesota","is_primary":false},{"id":"018cc820-db31-7758-98f4-3b80e1355b9e","name":"Work","city":null,"postal_code":"10001","country":null,"line1":null,"line2":null,"state":null,"is_primary":true}],"links":{"first":"http://shop:4000/api/v1/customers/C/addresses?page=1","last":"http://shop:4000/api/v1/customers/C/addresses?page=1","prev":null,"next":null},"meta":{"current_page":1,"from":1,"last_page":1,"path":"http://shop:4000/api/v1/customers/C/addresses","per_page":10,"to":2,"total":2}}
            > reader GET customers/C
            200 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":"C","name":"Juno Hale","email":null,"phone":null,"dob":null,"date_of_birth":null,"ssn":null,"status":"active","address":[{"id":"018cc820-db30-718e-92bf-b27bb68e2bf4","name":"Home","city":"Minneapolis","postal_code":"55401","country":"USA","line1":"9 Mill St","line2":null,"state":"Minnesota","is_primary":false},{"id":"018cc820-db31-7758-98f4-3b80e1355b9e","name":"Work","city":null,"postal_code":"10001","country":null,"line1":null,"line2":null,"state":null,"is_primary":true}],"addresses":[{"id":"018cc820-db30-718e-92bf-b27bb68e2bf4","name":"Home","city":"Minneapolis","postal_code":"55401","country":"USA","line1":"9 Mill St","line2":null,"state":"Minnesota","is_primary":false},{"id":"018cc820-db31-7758-98f4-3b80e1355b9e","name":"Work","city":null,"postal_code":"10001","country":null,"line1":null,"line2":null,"state":null,"is_primary":true}],"metadata":[]}}
        "#]],
    );
}

/// JSON says the same as a form.
#[test]
fn a_customer_in_json() {
    check(
        r#"
        admin POST customers {"name":" Juno Hale ","email":"juno@example.org","phone":"+1-489-899-2182","date_of_birth":"1990-05-17","ssn_last4":412,"status":"locked","address":{"id":"x","line1":"9 Mill St","postal_code":"00485-8914","is_primary":false},"metadata":{"tier":"gold","points":5,"vip":true,"none":null,"empty":" "},"whatever":[1]}
        "#,
        expect![[r#"
            > admin POST customers {"name":" Juno Hale ","email":"juno@example.org","phone":"+1-489-899-2182","date_of_birth":"1990-05-17","ssn_last4":412,"status":"locked","address":{"id":"x","line1":"9 Mill St","postal_code":"00485-8914","is_primary":false},"metadata":{"tier":"gold","points":5,"vip":true,"none":null,"empty":" "},"whatever":[1]}
            201 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","external_id":null,"name":"Juno Hale","email":"juno@example.org","phone":"+1-489-899-2182","dob":"1990-05-17","date_of_birth":"1990-05-17","ssn":"0412","status":"locked","address":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"00485-8914","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"addresses":[{"id":"018cc820-db2f-7895-baef-da4f1862d2d4","name":null,"city":null,"postal_code":"00485-8914","country":null,"line1":"9 Mill St","line2":null,"state":null,"is_primary":true}],"metadata":[{"attribute":"points","value":"5"},{"attribute":"tier","value":"gold"},{"attribute":"vip","value":"true"}]}}
        "#]],
    );
}
