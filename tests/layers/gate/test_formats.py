"""Each layout of domain lists is recognised from its columns, and read as what it is."""

from __future__ import annotations

import pandas as pd
import pytest

from gapmap.layers.gate.formats import FORMATS, OWN_FORMAT, bare, personal_columns, recognise
from gapmap.layers.gate.guess import guess_columns
from gapmap.layers.sites import standardise_sites

USDA_2023 = (
    "Site_Name,Site_Type,Service_Model,Site_Address1,Site_Address2,Site_City,Site_State,Site_Zip,"
    "Site_Phone,Ext,Sponsoring_Organization,Start_date,End_date,StartDateText,EndDateText,"
    "Days_of_operation,Comments,Site_Program,Season,Dropped,Expired,RecordStatus,Breakfast_Time,"
    "Lunch_Time,Snack_Time_AM,Snack_Time_PM,Dinner_Supper_Time,FID,GlobalID,MasterID,X,Y,"
    "Contact_First_Name,Contact_Last_Name,Contact_Phone"
)
USDA_2017 = (
    "FNSID,siteName,siteStatus,siteAddress,siteCity,siteState,siteZip,County,sitePhone,"
    "contactPhone,ext,sponsoringOrganization,startDate,endDate,daysofOperation,breakfastTime,"
    "lunchTime,snackTimeAM,snackTimePM,dinnerSupperTime,mealTypesServed,X,Y,latitude,longitude"
)
TEXAS = (
    "siteid,sitename,cename,sitestreetaddressline1,sitestreetaddresscity,sitestreetaddresszipcode,"
    "sitetype,sitestatus,ruralorurbancode,sitestartdate,siteenddate,daysofoperation,"
    "mealservicetype,mealtypesserved,breakfasttime,breakfastmealservicemethod,"
    "breakfastdaysserved,lunchtime,lunchmealservicemethod,lunchdaysserved,siteterminationstatus,"
    "geolocation"
)
OKLAHOMA = (
    "Site Name|Site Status|Site Address1|Site City|Site State|Site Zip|Site Phone|"
    "Start Date\n(MM/DD/YY)|End Date\n(MM/DD/YY)|Meal Types Served:|Special Directions:|"
    "Latitude|Longitude"
)
PENNSYLVANIA = (
    "Site_ID_External,Site_Name,Site_Street,Site_City,Site_State,Site_Zip,Site_County,Latitude,"
    "Longitude,Service_Type,Site_Hours,Site_Instructions,Start_Date,End_Date"
)
DC = "NAME,WARD,DAYS_OPEN,BREAKFAST_TIME,LUNCH_TIME,DINNER_SUP,SNACK_TIME,LATITUDE,LONGITUDE"
HSDS = (
    "organization.name,service.name,location.latitude,location.longitude,address.address_1,"
    "address.city,address.state_province,address.postal_code,schedule.valid_from,"
    "schedule.valid_to,schedule.byday,schedule.opens_at,schedule.closes_at"
)
HEADERS = {
    "usda_2023": USDA_2023.split(","),
    "usda_2017": USDA_2017.split(","),
    "texas": TEXAS.split(","),
    "oklahoma": OKLAHOMA.split("|"),
    "pennsylvania": PENNSYLVANIA.split(","),
    "dc": DC.split(","),
    "hsds": HSDS.split(","),
    "gapmap": ["site_id", "name", "partner", "kind", "meals", "days", "longitude", "latitude"],
}


def one_row(layout: str, **cells: object) -> pd.DataFrame:
    """A list of one row; cells are named by bare header."""
    headers = HEADERS[layout]
    assert set(cells) <= {bare(header) for header in headers}
    return pd.DataFrame([{header: cells.get(bare(header), "") for header in headers}])


def site(layout: str, **cells: object) -> dict[str, object]:
    checked = standardise_sites(one_row(layout, **cells), source="list")
    assert checked.report.left_out_counts == {}
    assert checked.report.unparsed.to_dict("records") == []
    row = checked.sites.iloc[0]
    return {name: None if pd.isna(value) else value for name, value in row.drop("geometry").items()}


@pytest.mark.parametrize("layout", HEADERS)
def test_a_layout_is_recognised_from_its_columns(layout):
    known = recognise(HEADERS[layout], has_shapes=False)
    assert known is not None
    assert known.id == layout


@pytest.mark.parametrize("layout", HEADERS)
@pytest.mark.parametrize(
    "spelling",
    [
        str.upper,
        str.lower,
        lambda header: f"\ufeff{header}",
        lambda header: f" {header}:\n",
        lambda header: header.replace("_", " "),
        lambda header: header.replace(" ", "_").replace(".", "_"),
    ],
)
def test_case_marks_and_line_breaks_in_headers_do_not_matter(layout, spelling):
    known = recognise([spelling(header) for header in HEADERS[layout]], has_shapes=False)
    assert known is not None
    assert known.id == layout


@pytest.mark.parametrize("layout", HEADERS)
def test_the_order_of_columns_does_not_matter(layout):
    known = recognise(HEADERS[layout][::-1], has_shapes=False)
    assert known is not None
    assert known.id == layout


def test_a_list_without_coordinates_is_recognised_only_if_it_has_shapes():
    headers = [name for name in HEADERS["usda_2023"] if name not in ("X", "Y")]
    assert recognise(headers, has_shapes=False) is None
    known = recognise(headers, has_shapes=True)
    assert known is not None
    assert known.id == "usda_2023"


def test_other_tables_are_not_recognised():
    assert recognise(["GEOID", "children"], has_shapes=False) is None
    assert recognise(["Store_Name", "Longitude", "Latitude"], has_shapes=False) is None


def test_headers_cut_off_by_a_shapefile_are_recognised():
    headers = [name[:10] for name in HEADERS["usda_2023"]]
    known = recognise(headers, has_shapes=True)
    assert known is not None
    assert known.id == "usda_2023"


def test_formats_have_names_of_their_own():
    names = [known.id for known in (*FORMATS, OWN_FORMAT)]
    assert len(set(names)) == len(names)


def test_a_row_of_the_usda_site_finder_of_2023():
    found = site(
        "usda_2023",
        sitename="Illustrative Park",
        sitetype="OPEN RESTRICTED",
        servicemodel="NON-CONGREGATE PICK UP",
        siteaddress1="1 Main St",
        sitecity="Dover",
        sitestate="DE",
        sitezip="19901",
        sponsoringorganization="Illustrative Food Bank",
        startdate="1748822400000",
        enddate="1754611200000",
        daysofoperation="M,T,W,TH,F",
        siteprogram="SFSP",
        dropped="False",
        expired="False",
        lunchtime="11:00 AM-12:00 PM",
        masterid="77",
        x="-75.52",
        y="39.16",
    )
    assert found["site_id"] == "77"
    assert found["partner"] == "Illustrative Food Bank"
    assert (found["kind"], found["service_model"]) == ("restricted open", "non-congregate")
    assert (found["meals"], found["lunch_hours"]) == ("lunch", "11:00-12:00")
    assert found["days"] == "mon;tue;wed;thu;fri"
    assert str(found["start_date"]) == "2025-06-02 00:00:00"
    assert str(found["end_date"]) == "2025-08-08 00:00:00"
    assert found["address"] == "1 Main St, Dover, DE 19901"


def test_dropped_and_expired_rows_of_the_site_finder_are_left_out():
    for column in ("dropped", "expired"):
        raw = one_row("usda_2023", sitename="A", x="-75.5", y="39.1", **{column: "True"})
        assert standardise_sites(raw, source="list").report.left_out_counts == {column: 1}


def test_a_second_service_of_a_meal_is_reported_and_the_first_kept():
    raw = one_row("usda_2023", sitename="A", x="-75.5", y="39.1", lunchtime="11:00 AM-12:00 PM")
    raw["Lunch_Time2"] = "1:00 PM-2:00 PM"
    checked = standardise_sites(raw, source="list")
    assert checked.sites["lunch_hours"].tolist() == ["11:00-12:00"]
    assert checked.report.unparsed["found"].tolist() == ["1:00 PM-2:00 PM"]


def test_a_row_of_the_usda_site_finder_of_2017():
    found = site(
        "usda_2017",
        fnsid="9",
        sitename="Illustrative School",
        sitestatus="Restricted Open",
        siteaddress="1 Main St",
        sitezip="2115",
        sponsoringorganization="Illustrative Schools",
        startdate="6/5/2017",
        daysofoperation="M,W",
        mealtypesserved="B L",
        x="0",
        y="0",
        longitude="-71.1",
        latitude="42.3",
    )
    assert (found["kind"], found["meals"]) == ("restricted open", "breakfast;lunch")
    assert found["address"] == "1 Main St, 02115"


def test_places_are_taken_from_the_pair_of_columns_that_names_one():
    raw = one_row("usda_2017", sitename="A", x="-71.1", y="42.3", longitude="0", latitude="0")
    point = standardise_sites(raw, source="list").sites.geometry.iloc[0]
    assert (point.x, point.y) == (-71.1, 42.3)


def test_a_row_of_texas():
    found = site(
        "texas",
        siteid="0041",
        sitename="NC_Illustrative Elementary",
        cename="Illustrative ISD",
        sitetype="Closed - Enrolled in Needy Area",
        sitestatus="ACTIVE",
        sitestartdate="2025-06-23T00:00:00.000",
        daysofoperation="M,T,W,TH,F",
        mealtypesserved="Lunch, PM Snack",
        breakfastmealservicemethod="Not Available",
        lunchtime="11:00 - 13:00",
        lunchdaysserved="M, W, F",
        geolocation="{'type': 'Point', 'coordinates': [-97.5, 30.3]}",
    )
    assert (found["kind"], found["status"]) == ("closed", "active")
    assert found["service_model"] == "non-congregate"
    assert found["meals"] == "lunch;pm_snack"
    assert (found["lunch_hours"], found["lunch_days"]) == ("11:00-13:00", "mon;wed;fri")
    assert found["days"] == "mon;tue;wed;thu;fri"


def test_a_row_of_the_oklahoma_template():
    found = site(
        "oklahoma",
        sitename="Illustrative Library",
        sitestatus="Open",
        startdate="06/02/17",
        mealtypesserved="B L",
        latitude="35.5",
        longitude="-97.5",
    )
    assert (found["kind"], found["meals"]) == ("open", "breakfast;lunch")
    assert str(found["start_date"])[:10] == "2017-06-02"


def test_a_row_of_pennsylvania():
    found = site(
        "pennsylvania",
        siteidexternal="P1",
        sitename="Illustrative Pool",
        sitehours="Mon-Fri 11:30 AM - 12:30 PM",
        latitude="40.4",
        longitude="-79.9",
    )
    assert (found["site_id"], found["days"]) == ("P1", "mon;tue;wed;thu;fri")


def test_a_row_of_dc_has_its_snack_in_the_right_half_of_the_day():
    found = site(
        "dc",
        name="Illustrative Center",
        daysopen="M-F",
        lunchtime="12:00 PM - 1:00 PM",
        snacktime="3:00 PM - 3:30 PM",
        latitude="38.9",
        longitude="-77.0",
    )
    assert found["meals"] == "lunch;pm_snack"
    assert found["pm_snack_hours"] == "15:00-15:30"


def test_a_row_of_hsds():
    raw = one_row(
        "hsds",
        organizationname="Illustrative Pantry",
        servicename="Summer lunch",
        locationlatitude="39.3",
        locationlongitude="-76.6",
        addressaddress1="1 Main St",
        schedulebyday="MO,WE",
        scheduleopensat="11:30-04:00",
        scheduleclosesat="13:00-04:00",
    )
    checked = standardise_sites(raw, source="list", constants={"meals": "lunch"})
    row = checked.sites.iloc[0]
    assert (row["name"], row["partner"]) == ("Summer lunch", "Illustrative Pantry")
    assert (row["days"], row["lunch_hours"]) == ("mon;wed", "11:30-13:00")
    assert pd.isna(row["kind"])
    assert any("does not say who may come" in warning for warning in checked.report.warnings)


@pytest.mark.parametrize(
    "column",
    ["Contact_First_Name", "contactPhone", "Site_Phone", "Ext", "E-mail", "Email Address", "Fax",
     "Site Supervisor", "Date of Birth", "LASTNAME", "Director"],
)  # fmt: skip
def test_personal_columns_are_found_by_name(column):
    assert personal_columns([column, "Site_Name"]) == (column,)


@pytest.mark.parametrize(
    "column",
    ["Site_Name", "sponsoringOrganization", "Special Directions:", "Text", "Next", "cename",
     "Mailing Address", "Mobile", "Excellent", "Context", "Parent Organization"],
)  # fmt: skip
def test_other_columns_are_no_personal_data(column):
    assert personal_columns([column]) == ()


def test_an_unknown_file_gets_a_first_guess():
    columns = ["OBJECTID", "Facility Name", "Operated By", "Lat", "Long", "Street Address",
               "Days Open", "Phone", "Hours of Operation"]  # fmt: skip
    assert guess_columns(columns) == {
        "site_id": "OBJECTID",
        "name": "Facility Name",
        "partner": "Operated By",
        "longitude": "Long",
        "latitude": "Lat",
        "address": "Street Address",
        "days": "Days Open",
        "hours": "Hours of Operation",
    }


def test_no_column_is_guessed_twice_and_nothing_is_guessed_from_nothing():
    guess = guess_columns(["name", "sitename", "location", "x", "y", "type", "start", "end"])
    assert len(set(guess.values())) == len(guess)
    assert guess_columns(["qqq"]) == {}
    assert guess_columns([]) == {}
