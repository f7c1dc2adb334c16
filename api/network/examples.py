"""Example files for the API reference; the same small network as in the API guide."""

from typing import Any

NODES: dict[str, Any] = {
    "csv": "id,name,kind,latitude,longitude,time_zone,labor_per_order,labor_per_line,labor_per_unit,"
    "units_per_day,priority,load_penalty,pick_success_permille,processing_hours,slots\n"
    "DC1,Daventry,dc,52.26,-1.16,Europe/London,0.60,0.20,0.03,5000,1,,,12,\n"
    "LON1,London Oxford Street,store,51.515,-0.142,Europe/London,1.10,0.40,0.08,,2,0.40,930,4,"
    "morning:08:00-12:00:160;afternoon:12:00-18:00:240\n",
    "rows": [
        {
            "id": "LON1",
            "name": "London Oxford Street",
            "kind": "store",
            "latitude": 51.515,
            "longitude": -0.142,
            "time_zone": "Europe/London",
            "labor_per_order": "1.10",
            "labor_per_line": "0.40",
            "labor_per_unit": "0.08",
            "units_per_day": 400,
            "priority": 2,
            "load_penalty": "0.40",
            "pick_success_permille": 930,
            "processing_hours": 4,
        }
    ],
}
ZONES: dict[str, Any] = {
    "csv": "id,name,latitude,longitude\nUK-SE,South East,51.30,-0.80\n",
    "rows": [{"id": "UK-SE", "name": "South East", "latitude": 51.30, "longitude": -0.80}],
}
SKUS: dict[str, Any] = {
    "csv": "id,name,weight_grams,price,unit_cost,case_pack,components,length_mm,width_mm,height_mm\n"
    "K-17,Enamel kettle,900,24.99,9.80,6,,240,180,210\n"
    "T-03,Tea towel,120,6.50,2.10,12,,,,\n"
    "GIFT,Kettle and two towels,,34.99,14.00,,K-17:1;T-03:2,,,\n",
    "rows": [
        {
            "id": "K-17",
            "name": "Enamel kettle",
            "weight_grams": 900,
            "price": "24.99",
            "unit_cost": "9.80",
            "length_mm": 240,
            "width_mm": 180,
            "height_mm": 210,
        },
        {"id": "T-03", "name": "Tea towel", "weight_grams": 120, "price": "6.50", "unit_cost": "2.10"},
        {
            "id": "GIFT",
            "name": "Kettle and two towels",
            "price": "34.99",
            "unit_cost": "14.00",
            "components": {"K-17": 1, "T-03": 2},
        },
    ],
}
RATES: dict[str, Any] = {
    "csv": "service,origin,zone,per_package,per_kg,package_limit_grams,dimensional_divisor,breaks,"
    "transit_days_p50,transit_days_p90\n"
    "ground,LON1,UK-SE,3.10,0.42,20000,5000,5000:0.30;10000:0.20,1,3\n",
    "rows": [
        {
            "service": "ground",
            "origin": "LON1",
            "zone": "UK-SE",
            "per_package": "3.10",
            "per_kg": "0.42",
            "package_limit_grams": 20000,
            "dimensional_divisor": 5000,
            "breaks": [{"from_grams": 5000, "per_kg": "0.30"}, {"from_grams": 10000, "per_kg": "0.20"}],
            "transit_days_p50": 1,
            "transit_days_p90": 3,
        }
    ],
}
