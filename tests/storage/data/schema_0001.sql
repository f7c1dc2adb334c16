-- What version 0.1.0 wrote (schema 0001): the small network of the API tests, five orders and a till sale.
-- sqlite3's dump of it, kept so that every later version is seen to bring it up to date.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE capacity (
	id INTEGER NOT NULL, 
	node VARCHAR NOT NULL, 
	day DATE NOT NULL, 
	kind VARCHAR NOT NULL, 
	slot VARCHAR NOT NULL, 
	day_limit INTEGER NOT NULL, 
	used INTEGER NOT NULL, 
	CONSTRAINT pk_capacity PRIMARY KEY (id), 
	CONSTRAINT ck_capacity_day_limit CHECK (day_limit >= 0), 
	CONSTRAINT ck_capacity_used CHECK (used >= 0), 
	CONSTRAINT uq_capacity_node_day_kind_slot UNIQUE (node, day, kind, slot)
);
INSERT INTO "capacity" VALUES(1,'DC1','2026-11-20','shipping_units','day',5000,11);
INSERT INTO "capacity" VALUES(2,'LON1','2026-11-20','shipping_units','day',400,0);
INSERT INTO "capacity" VALUES(3,'BRS1','2026-11-20','shipping_units','day',400,5);
CREATE TABLE catalog_version (
	id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_catalog_version PRIMARY KEY (id), 
	CONSTRAINT ck_catalog_version_single_row CHECK (id = 1)
);
INSERT INTO "catalog_version" VALUES(1,5);
CREATE TABLE claim (
	id VARCHAR NOT NULL, 
	order_id VARCHAR NOT NULL, 
	line VARCHAR NOT NULL, 
	supply_id INTEGER NOT NULL, 
	quantity INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	service VARCHAR NOT NULL, 
	capacity_id INTEGER, 
	expires_at DATETIME, 
	promised_by DATETIME, 
	CONSTRAINT pk_claim PRIMARY KEY (id), 
	CONSTRAINT ck_claim_quantity CHECK (quantity > 0), 
	CONSTRAINT fk_claim_capacity_id_capacity FOREIGN KEY(capacity_id) REFERENCES capacity (id), 
	CONSTRAINT fk_claim_supply_id_supply FOREIGN KEY(supply_id) REFERENCES supply (id)
);
INSERT INTO "claim" VALUES('soft-0001','soft','1',2,2,'reserved','ground',1,'2026-11-20 09:30:00.000000',NULL);
INSERT INTO "claim" VALUES('firm-0001','firm','1',2,3,'allocated','ground',1,NULL,NULL);
INSERT INTO "claim" VALUES('firm-0002','firm','2',7,4,'allocated','ground',1,NULL,NULL);
INSERT INTO "claim" VALUES('gone-0001','gone','1',7,2,'shipped','ground',1,NULL,NULL);
INSERT INTO "claim" VALUES('canceled-0001','canceled','1',4,1,'canceled','ground',3,'2026-11-20 09:30:00.000000',NULL);
INSERT INTO "claim" VALUES('short-0001','short','1',4,5,'reserved','ground',3,'2026-11-20 09:30:00.000000',NULL);
CREATE TABLE decision (
	id INTEGER NOT NULL, 
	order_id VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	document JSON NOT NULL, 
	CONSTRAINT pk_decision PRIMARY KEY (id)
);
INSERT INTO "decision" VALUES(1,'soft',1,'{"id": "soft", "revision": 1, "state": "reserved", "reservable": true, "shipments": [{"node": "DC1", "service": "ground", "packages": 1, "weight_grams": 1800, "lines": [{"line": "1", "sku": "K-17", "quantity": 2}]}], "unfilled": [], "currency": "GBP", "cost_lines": [{"micros": 3100000, "minor": 310, "kind": "packages", "node": "DC1", "is_cash": true, "is_steering": false}, {"micros": 756000, "minor": 76, "kind": "weight", "node": "DC1", "is_cash": true, "is_steering": false}, {"micros": 860000, "minor": 86, "kind": "labor", "node": "DC1", "is_cash": true, "is_steering": false}], "total": {"micros": 4716000, "minor": 472}, "cash": {"micros": 4716000, "minor": 472}, "lost_margin": {"micros": 0, "minor": 0}, "steering": {"micros": 0, "minor": 0}, "bound": {"micros": 4716000, "minor": 472}, "gap": {"micros": 0, "minor": 0, "relative": 0.0}, "unfilled_units": 0, "unfilled_bound": 0, "status": "optimal", "engine": "subsets", "degraded": false, "cut_by_deadline": false, "seconds": 0.000713, "policy": "default", "decided_at": "2026-11-20T09:00:00Z", "expires_at": "2026-11-20T09:30:00Z", "seen": {"nodes": ["DC1", "LON1"], "stock": {"K-17": [40, 11]}, "capacity": [5000, 400]}}');
INSERT INTO "decision" VALUES(2,'firm',1,'{"id": "firm", "revision": 1, "state": "reserved", "reservable": true, "shipments": [{"node": "DC1", "service": "ground", "packages": 1, "weight_grams": 3180, "lines": [{"line": "1", "sku": "K-17", "quantity": 3}, {"line": "2", "sku": "T-03", "quantity": 4}]}], "unfilled": [], "currency": "GBP", "cost_lines": [{"micros": 3100000, "minor": 310, "kind": "packages", "node": "DC1", "is_cash": true, "is_steering": false}, {"micros": 1335600, "minor": 134, "kind": "weight", "node": "DC1", "is_cash": true, "is_steering": false}, {"micros": 1210000, "minor": 121, "kind": "labor", "node": "DC1", "is_cash": true, "is_steering": false}], "total": {"micros": 5645600, "minor": 565}, "cash": {"micros": 5645600, "minor": 565}, "lost_margin": {"micros": 0, "minor": 0}, "steering": {"micros": 0, "minor": 0}, "bound": {"micros": 5645600, "minor": 565}, "gap": {"micros": 0, "minor": 0, "relative": 0.0}, "unfilled_units": 0, "unfilled_bound": 0, "status": "optimal", "engine": "subsets", "degraded": false, "cut_by_deadline": false, "seconds": 0.000794, "policy": "default", "decided_at": "2026-11-20T09:00:00Z", "expires_at": "2026-11-20T09:30:00Z", "seen": {"nodes": ["BRS1", "DC1", "LON1"], "stock": {"K-17": [0, 38, 11], "T-03": [6, 100, 0]}, "capacity": [400, 4998, 400]}}');
INSERT INTO "decision" VALUES(3,'gone',1,'{"id": "gone", "revision": 1, "state": "reserved", "reservable": true, "shipments": [{"node": "DC1", "service": "ground", "packages": 1, "weight_grams": 240, "lines": [{"line": "1", "sku": "T-03", "quantity": 2}]}], "unfilled": [], "currency": "GBP", "cost_lines": [{"micros": 3100000, "minor": 310, "kind": "packages", "node": "DC1", "is_cash": true, "is_steering": false}, {"micros": 100800, "minor": 10, "kind": "weight", "node": "DC1", "is_cash": true, "is_steering": false}, {"micros": 860000, "minor": 86, "kind": "labor", "node": "DC1", "is_cash": true, "is_steering": false}], "total": {"micros": 4060800, "minor": 406}, "cash": {"micros": 4060800, "minor": 406}, "lost_margin": {"micros": 0, "minor": 0}, "steering": {"micros": 0, "minor": 0}, "bound": {"micros": 4060800, "minor": 406}, "gap": {"micros": 0, "minor": 0, "relative": 0.0}, "unfilled_units": 0, "unfilled_bound": 0, "status": "optimal", "engine": "subsets", "degraded": false, "cut_by_deadline": false, "seconds": 0.000666, "policy": "default", "decided_at": "2026-11-20T09:00:00Z", "expires_at": "2026-11-20T09:30:00Z", "seen": {"nodes": ["BRS1", "DC1"], "stock": {"T-03": [6, 96]}, "capacity": [400, 4991]}}');
INSERT INTO "decision" VALUES(4,'canceled',1,'{"id": "canceled", "revision": 1, "state": "reserved", "reservable": true, "shipments": [{"node": "BRS1", "service": "ground", "packages": 1, "weight_grams": 350, "lines": [{"line": "1", "sku": "M-01", "quantity": 1}]}], "unfilled": [], "currency": "GBP", "cost_lines": [{"micros": 3500000, "minor": 350, "kind": "packages", "node": "BRS1", "is_cash": true, "is_steering": false}, {"micros": 147000, "minor": 15, "kind": "weight", "node": "BRS1", "is_cash": true, "is_steering": false}, {"micros": 1580000, "minor": 158, "kind": "labor", "node": "BRS1", "is_cash": true, "is_steering": false}], "total": {"micros": 5227000, "minor": 523}, "cash": {"micros": 5227000, "minor": 523}, "lost_margin": {"micros": 0, "minor": 0}, "steering": {"micros": 0, "minor": 0}, "bound": {"micros": 5227000, "minor": 523}, "gap": {"micros": 0, "minor": 0, "relative": 0.0}, "unfilled_units": 0, "unfilled_bound": 0, "status": "optimal", "engine": "subsets", "degraded": false, "cut_by_deadline": false, "seconds": 0.000629, "policy": "default", "decided_at": "2026-11-20T09:00:00Z", "expires_at": "2026-11-20T09:30:00Z", "seen": {"nodes": ["BRS1"], "stock": {"M-01": [5]}, "capacity": [400]}}');
INSERT INTO "decision" VALUES(5,'short',1,'{"id": "short", "revision": 1, "state": "reserved", "reservable": true, "shipments": [{"node": "BRS1", "service": "ground", "packages": 1, "weight_grams": 1750, "lines": [{"line": "1", "sku": "M-01", "quantity": 5}]}], "unfilled": [{"line": "1", "sku": "M-01", "quantity": 4, "reason": "no_stock"}], "currency": "GBP", "cost_lines": [{"micros": 3500000, "minor": 350, "kind": "packages", "node": "BRS1", "is_cash": true, "is_steering": false}, {"micros": 735000, "minor": 74, "kind": "weight", "node": "BRS1", "is_cash": true, "is_steering": false}, {"micros": 1900000, "minor": 190, "kind": "labor", "node": "BRS1", "is_cash": true, "is_steering": false}, {"micros": 20800000, "minor": 2080, "kind": "lost_margin", "node": null, "is_cash": false, "is_steering": false}], "total": {"micros": 26935000, "minor": 2694}, "cash": {"micros": 6135000, "minor": 614}, "lost_margin": {"micros": 20800000, "minor": 2080}, "steering": {"micros": 0, "minor": 0}, "bound": {"micros": 26935000, "minor": 2694}, "gap": {"micros": 0, "minor": 0, "relative": 0.0}, "unfilled_units": 4, "unfilled_bound": 4, "status": "optimal", "engine": "facility", "degraded": false, "cut_by_deadline": false, "seconds": 0.001436, "policy": "default", "decided_at": "2026-11-20T09:00:00Z", "expires_at": "2026-11-20T09:30:00Z", "seen": {"nodes": ["BRS1"], "stock": {"M-01": [5]}, "capacity": [400]}}');
CREATE TABLE demo_clock (
	id INTEGER NOT NULL, 
	now DATETIME NOT NULL, 
	CONSTRAINT pk_demo_clock PRIMARY KEY (id), 
	CONSTRAINT ck_demo_clock_single_row CHECK (id = 1)
);
INSERT INTO "demo_clock" VALUES(1,'2026-11-20 09:00:00.000000');
CREATE TABLE entry (
	sequence INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	verb VARCHAR NOT NULL, 
	supply_id INTEGER, 
	capacity_id INTEGER, 
	quantity_change INTEGER NOT NULL, 
	reserved_change INTEGER NOT NULL, 
	order_id VARCHAR, 
	note VARCHAR NOT NULL, 
	CONSTRAINT pk_entry PRIMARY KEY (sequence), 
	CONSTRAINT ck_entry_one_row CHECK ((supply_id IS NULL) <> (capacity_id IS NULL)), 
	CONSTRAINT fk_entry_capacity_id_capacity FOREIGN KEY(capacity_id) REFERENCES capacity (id), 
	CONSTRAINT fk_entry_supply_id_supply FOREIGN KEY(supply_id) REFERENCES supply (id)
);
INSERT INTO "entry" VALUES(1,'2026-11-20 09:00:00.000000','open',2,NULL,40,0,NULL,'');
INSERT INTO "entry" VALUES(2,'2026-11-20 09:00:00.000000','open',3,NULL,12,0,NULL,'');
INSERT INTO "entry" VALUES(3,'2026-11-20 09:00:00.000000','open',7,NULL,100,0,NULL,'');
INSERT INTO "entry" VALUES(4,'2026-11-20 09:00:00.000000','open',6,NULL,8,0,NULL,'');
INSERT INTO "entry" VALUES(5,'2026-11-20 09:00:00.000000','open',4,NULL,5,0,NULL,'');
INSERT INTO "entry" VALUES(6,'2026-11-20 09:00:00.000000','open',5,NULL,3,0,NULL,'');
INSERT INTO "entry" VALUES(7,'2026-11-20 09:00:00.000000','open',1,NULL,48,0,NULL,'');
INSERT INTO "entry" VALUES(8,'2026-11-20 09:00:00.000000','open',NULL,1,5000,0,NULL,'');
INSERT INTO "entry" VALUES(9,'2026-11-20 09:00:00.000000','open',NULL,2,400,0,NULL,'');
INSERT INTO "entry" VALUES(10,'2026-11-20 09:00:00.000000','reserve',2,NULL,0,2,'soft','');
INSERT INTO "entry" VALUES(11,'2026-11-20 09:00:00.000000','reserve',NULL,1,0,2,'soft','');
INSERT INTO "entry" VALUES(12,'2026-11-20 09:00:00.000000','open',NULL,3,400,0,NULL,'');
INSERT INTO "entry" VALUES(13,'2026-11-20 09:00:00.000000','reserve',2,NULL,0,3,'firm','');
INSERT INTO "entry" VALUES(14,'2026-11-20 09:00:00.000000','reserve',7,NULL,0,4,'firm','');
INSERT INTO "entry" VALUES(15,'2026-11-20 09:00:00.000000','reserve',NULL,1,0,7,'firm','');
INSERT INTO "entry" VALUES(16,'2026-11-20 09:00:00.000000','confirm',2,NULL,0,0,'firm','');
INSERT INTO "entry" VALUES(17,'2026-11-20 09:00:00.000000','confirm',7,NULL,0,0,'firm','');
INSERT INTO "entry" VALUES(18,'2026-11-20 09:00:00.000000','reserve',7,NULL,0,2,'gone','');
INSERT INTO "entry" VALUES(19,'2026-11-20 09:00:00.000000','reserve',NULL,1,0,2,'gone','');
INSERT INTO "entry" VALUES(20,'2026-11-20 09:00:00.000000','confirm',7,NULL,0,0,'gone','');
INSERT INTO "entry" VALUES(21,'2026-11-20 09:00:00.000000','send_to_node',7,NULL,0,0,'gone','');
INSERT INTO "entry" VALUES(22,'2026-11-20 09:00:00.000000','ship',7,NULL,-2,-2,'gone','');
INSERT INTO "entry" VALUES(23,'2026-11-20 09:00:00.000000','reserve',4,NULL,0,1,'canceled','');
INSERT INTO "entry" VALUES(24,'2026-11-20 09:00:00.000000','reserve',NULL,3,0,1,'canceled','');
INSERT INTO "entry" VALUES(25,'2026-11-20 09:00:00.000000','cancel',4,NULL,0,-1,'canceled','');
INSERT INTO "entry" VALUES(26,'2026-11-20 09:00:00.000000','cancel',NULL,3,0,-1,'canceled','');
INSERT INTO "entry" VALUES(27,'2026-11-20 09:00:00.000000','reserve',4,NULL,0,5,'short','');
INSERT INTO "entry" VALUES(28,'2026-11-20 09:00:00.000000','reserve',NULL,3,0,5,'short','');
INSERT INTO "entry" VALUES(29,'2026-11-20 09:00:00.000000','walk_in_sale',6,NULL,-1,0,NULL,'');
CREATE TABLE idempotency_key (
	scope VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	headers JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_idempotency_key PRIMARY KEY (scope, "key")
);
INSERT INTO "idempotency_key" VALUES('POST /v1/orders','k-soft','{"address":"/v1/orders","body":{"destination":{"zone":"UK-SE"},"id":"soft","lines":[{"id":"1","quantity":2,"sku":"K-17"}],"mode":"reserve"}}',201,'{"id":"soft","revision":1,"state":"reserved","reservable":true,"shipments":[{"node":"DC1","service":"ground","packages":1,"weight_grams":1800,"lines":[{"line":"1","sku":"K-17","quantity":2}]}],"unfilled":[],"currency":"GBP","cost_lines":[{"micros":3100000,"minor":310,"kind":"packages","node":"DC1","is_cash":true,"is_steering":false},{"micros":756000,"minor":76,"kind":"weight","node":"DC1","is_cash":true,"is_steering":false},{"micros":860000,"minor":86,"kind":"labor","node":"DC1","is_cash":true,"is_steering":false}],"total":{"micros":4716000,"minor":472},"cash":{"micros":4716000,"minor":472},"lost_margin":{"micros":0,"minor":0},"steering":{"micros":0,"minor":0},"bound":{"micros":4716000,"minor":472},"gap":{"micros":0,"minor":0,"relative":0.0},"unfilled_units":0,"unfilled_bound":0,"status":"optimal","engine":"subsets","degraded":false,"cut_by_deadline":false,"seconds":0.000713,"policy":"default","decided_at":"2026-11-20T09:00:00Z","expires_at":"2026-11-20T09:30:00Z"}','{"Location": "/v1/orders/soft"}','2026-11-22 08:21:37.780000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders','k-firm','{"address":"/v1/orders","body":{"destination":{"zone":"UK-SE"},"id":"firm","lines":[{"id":"1","quantity":3,"sku":"K-17"},{"id":"2","quantity":4,"sku":"T-03"}],"mode":"reserve"}}',201,'{"id":"firm","revision":1,"state":"reserved","reservable":true,"shipments":[{"node":"DC1","service":"ground","packages":1,"weight_grams":3180,"lines":[{"line":"1","sku":"K-17","quantity":3},{"line":"2","sku":"T-03","quantity":4}]}],"unfilled":[],"currency":"GBP","cost_lines":[{"micros":3100000,"minor":310,"kind":"packages","node":"DC1","is_cash":true,"is_steering":false},{"micros":1335600,"minor":134,"kind":"weight","node":"DC1","is_cash":true,"is_steering":false},{"micros":1210000,"minor":121,"kind":"labor","node":"DC1","is_cash":true,"is_steering":false}],"total":{"micros":5645600,"minor":565},"cash":{"micros":5645600,"minor":565},"lost_margin":{"micros":0,"minor":0},"steering":{"micros":0,"minor":0},"bound":{"micros":5645600,"minor":565},"gap":{"micros":0,"minor":0,"relative":0.0},"unfilled_units":0,"unfilled_bound":0,"status":"optimal","engine":"subsets","degraded":false,"cut_by_deadline":false,"seconds":0.000794,"policy":"default","decided_at":"2026-11-20T09:00:00Z","expires_at":"2026-11-20T09:30:00Z"}','{"Location": "/v1/orders/firm"}','2026-11-22 08:21:37.805000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders/{order}/confirm','k-firm-confirm','{"address":"/v1/orders/firm/confirm","body":null}',200,'{"id":"firm","revision":2,"state":"allocated","channel":"web","destination":{"zone":"UK-SE","latitude":null,"longitude":null},"placed_at":"2026-11-20T09:00:00Z","created_at":"2026-11-20T09:00:00Z","expires_at":null,"lines":[{"id":"1","sku":"K-17","quantity":3,"held":3},{"id":"2","sku":"T-03","quantity":4,"held":4}],"claims":[{"id":"firm-0001","line":"1","sku":"K-17","node":"DC1","pool":"common","source":"on_hand","service":"ground","quantity":3,"state":"allocated","expires_at":null},{"id":"firm-0002","line":"2","sku":"T-03","node":"DC1","pool":"common","source":"on_hand","service":"ground","quantity":4,"state":"allocated","expires_at":null}]}','{}','2026-11-22 08:21:37.818000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders','k-gone','{"address":"/v1/orders","body":{"destination":{"zone":"UK-SE"},"id":"gone","lines":[{"id":"1","quantity":2,"sku":"T-03"}],"mode":"reserve"}}',201,'{"id":"gone","revision":1,"state":"reserved","reservable":true,"shipments":[{"node":"DC1","service":"ground","packages":1,"weight_grams":240,"lines":[{"line":"1","sku":"T-03","quantity":2}]}],"unfilled":[],"currency":"GBP","cost_lines":[{"micros":3100000,"minor":310,"kind":"packages","node":"DC1","is_cash":true,"is_steering":false},{"micros":100800,"minor":10,"kind":"weight","node":"DC1","is_cash":true,"is_steering":false},{"micros":860000,"minor":86,"kind":"labor","node":"DC1","is_cash":true,"is_steering":false}],"total":{"micros":4060800,"minor":406},"cash":{"micros":4060800,"minor":406},"lost_margin":{"micros":0,"minor":0},"steering":{"micros":0,"minor":0},"bound":{"micros":4060800,"minor":406},"gap":{"micros":0,"minor":0,"relative":0.0},"unfilled_units":0,"unfilled_bound":0,"status":"optimal","engine":"subsets","degraded":false,"cut_by_deadline":false,"seconds":0.000666,"policy":"default","decided_at":"2026-11-20T09:00:00Z","expires_at":"2026-11-20T09:30:00Z"}','{"Location": "/v1/orders/gone"}','2026-11-22 08:21:37.832000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders/{order}/confirm','k-gone-confirm','{"address":"/v1/orders/gone/confirm","body":null}',200,'{"id":"gone","revision":2,"state":"allocated","channel":"web","destination":{"zone":"UK-SE","latitude":null,"longitude":null},"placed_at":"2026-11-20T09:00:00Z","created_at":"2026-11-20T09:00:00Z","expires_at":null,"lines":[{"id":"1","sku":"T-03","quantity":2,"held":2}],"claims":[{"id":"gone-0001","line":"1","sku":"T-03","node":"DC1","pool":"common","source":"on_hand","service":"ground","quantity":2,"state":"allocated","expires_at":null}]}','{}','2026-11-22 08:21:37.839000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders/{order}/send-to-node','k-gone-send-to-node','{"address":"/v1/orders/gone/send-to-node","body":null}',200,'{"id":"gone","revision":3,"state":"sent_to_node","channel":"web","destination":{"zone":"UK-SE","latitude":null,"longitude":null},"placed_at":"2026-11-20T09:00:00Z","created_at":"2026-11-20T09:00:00Z","expires_at":null,"lines":[{"id":"1","sku":"T-03","quantity":2,"held":2}],"claims":[{"id":"gone-0001","line":"1","sku":"T-03","node":"DC1","pool":"common","source":"on_hand","service":"ground","quantity":2,"state":"sent_to_node","expires_at":null}]}','{}','2026-11-22 08:21:37.846000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders/{order}/ship','k-gone-ship','{"address":"/v1/orders/gone/ship","body":null}',200,'{"id":"gone","revision":4,"state":"shipped","channel":"web","destination":{"zone":"UK-SE","latitude":null,"longitude":null},"placed_at":"2026-11-20T09:00:00Z","created_at":"2026-11-20T09:00:00Z","expires_at":null,"lines":[{"id":"1","sku":"T-03","quantity":2,"held":2}],"claims":[{"id":"gone-0001","line":"1","sku":"T-03","node":"DC1","pool":"common","source":"on_hand","service":"ground","quantity":2,"state":"shipped","expires_at":null}]}','{}','2026-11-22 08:21:37.855000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders','k-canceled','{"address":"/v1/orders","body":{"destination":{"zone":"UK-SE"},"id":"canceled","lines":[{"id":"1","quantity":1,"sku":"M-01"}],"mode":"reserve"}}',201,'{"id":"canceled","revision":1,"state":"reserved","reservable":true,"shipments":[{"node":"BRS1","service":"ground","packages":1,"weight_grams":350,"lines":[{"line":"1","sku":"M-01","quantity":1}]}],"unfilled":[],"currency":"GBP","cost_lines":[{"micros":3500000,"minor":350,"kind":"packages","node":"BRS1","is_cash":true,"is_steering":false},{"micros":147000,"minor":15,"kind":"weight","node":"BRS1","is_cash":true,"is_steering":false},{"micros":1580000,"minor":158,"kind":"labor","node":"BRS1","is_cash":true,"is_steering":false}],"total":{"micros":5227000,"minor":523},"cash":{"micros":5227000,"minor":523},"lost_margin":{"micros":0,"minor":0},"steering":{"micros":0,"minor":0},"bound":{"micros":5227000,"minor":523},"gap":{"micros":0,"minor":0,"relative":0.0},"unfilled_units":0,"unfilled_bound":0,"status":"optimal","engine":"subsets","degraded":false,"cut_by_deadline":false,"seconds":0.000629,"policy":"default","decided_at":"2026-11-20T09:00:00Z","expires_at":"2026-11-20T09:30:00Z"}','{"Location": "/v1/orders/canceled"}','2026-11-22 08:21:37.865000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders/{order}/cancel','k-canceled-cancel','{"address":"/v1/orders/canceled/cancel","body":null}',200,'{"id":"canceled","revision":2,"state":"canceled","channel":"web","destination":{"zone":"UK-SE","latitude":null,"longitude":null},"placed_at":"2026-11-20T09:00:00Z","created_at":"2026-11-20T09:00:00Z","expires_at":null,"lines":[{"id":"1","sku":"M-01","quantity":1,"held":0}],"claims":[{"id":"canceled-0001","line":"1","sku":"M-01","node":"BRS1","pool":"common","source":"on_hand","service":"ground","quantity":1,"state":"canceled","expires_at":"2026-11-20T09:30:00Z"}]}','{}','2026-11-22 08:21:37.874000');
INSERT INTO "idempotency_key" VALUES('POST /v1/orders','k-short','{"address":"/v1/orders","body":{"destination":{"zone":"UK-SE"},"id":"short","lines":[{"id":"1","quantity":9,"sku":"M-01"}],"mode":"reserve"}}',201,'{"id":"short","revision":1,"state":"reserved","reservable":true,"shipments":[{"node":"BRS1","service":"ground","packages":1,"weight_grams":1750,"lines":[{"line":"1","sku":"M-01","quantity":5}]}],"unfilled":[{"line":"1","sku":"M-01","quantity":4,"reason":"no_stock"}],"currency":"GBP","cost_lines":[{"micros":3500000,"minor":350,"kind":"packages","node":"BRS1","is_cash":true,"is_steering":false},{"micros":735000,"minor":74,"kind":"weight","node":"BRS1","is_cash":true,"is_steering":false},{"micros":1900000,"minor":190,"kind":"labor","node":"BRS1","is_cash":true,"is_steering":false},{"micros":20800000,"minor":2080,"kind":"lost_margin","node":null,"is_cash":false,"is_steering":false}],"total":{"micros":26935000,"minor":2694},"cash":{"micros":6135000,"minor":614},"lost_margin":{"micros":20800000,"minor":2080},"steering":{"micros":0,"minor":0},"bound":{"micros":26935000,"minor":2694},"gap":{"micros":0,"minor":0,"relative":0.0},"unfilled_units":4,"unfilled_bound":4,"status":"optimal","engine":"facility","degraded":false,"cut_by_deadline":false,"seconds":0.001436,"policy":"default","decided_at":"2026-11-20T09:00:00Z","expires_at":"2026-11-20T09:30:00Z"}','{"Location": "/v1/orders/short"}','2026-11-22 08:21:37.888000');
INSERT INTO "idempotency_key" VALUES('POST /v1/stock-events','k-sale','{"address":"/v1/stock-events","body":{"events":[{"kind":"walk_in_sale","node":"BRS1","quantity":1,"sku":"T-03"}]}}',200,'{"recorded":1,"results":[{"index":0,"kind":"walk_in_sale","sku":"T-03","node":"BRS1","shortfall":0,"shortfall_orders":[]}]}','{}','2026-11-22 08:21:37.897000');
CREATE TABLE node (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	latitude FLOAT NOT NULL, 
	longitude FLOAT NOT NULL, 
	time_zone VARCHAR NOT NULL, 
	labor_per_order BIGINT NOT NULL, 
	labor_per_line BIGINT NOT NULL, 
	labor_per_unit BIGINT NOT NULL, 
	units_per_day INTEGER NOT NULL, 
	priority INTEGER NOT NULL, 
	is_on BOOLEAN NOT NULL, 
	off_reason VARCHAR NOT NULL, 
	CONSTRAINT pk_node PRIMARY KEY (id)
);
INSERT INTO "node" VALUES('DC1','Daventry','dc',52.26,-1.16,'Europe/London',600000,200000,30000,5000,1,1,'');
INSERT INTO "node" VALUES('LON1','London Oxford Street','store',51.515,-0.142,'Europe/London',1100000,400000,80000,400,2,1,'');
INSERT INTO "node" VALUES('BRS1','Bristol','store',51.45,-2.59,'Europe/London',1100000,400000,80000,400,3,1,'');
CREATE TABLE order_head (
	order_id VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	claims INTEGER NOT NULL, 
	CONSTRAINT pk_order_head PRIMARY KEY (order_id)
);
INSERT INTO "order_head" VALUES('soft',1,1);
INSERT INTO "order_head" VALUES('firm',2,2);
INSERT INTO "order_head" VALUES('gone',4,1);
INSERT INTO "order_head" VALUES('canceled',2,1);
INSERT INTO "order_head" VALUES('short',1,1);
CREATE TABLE order_line (
	order_id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	line VARCHAR NOT NULL, 
	sku VARCHAR NOT NULL, 
	quantity INTEGER NOT NULL, 
	CONSTRAINT pk_order_line PRIMARY KEY (order_id, position), 
	CONSTRAINT ck_order_line_quantity CHECK (quantity > 0), 
	CONSTRAINT fk_order_line_order_id_sales_order FOREIGN KEY(order_id) REFERENCES sales_order (id)
);
INSERT INTO "order_line" VALUES('soft',0,'1','K-17',2);
INSERT INTO "order_line" VALUES('firm',0,'1','K-17',3);
INSERT INTO "order_line" VALUES('firm',1,'2','T-03',4);
INSERT INTO "order_line" VALUES('gone',0,'1','T-03',2);
INSERT INTO "order_line" VALUES('canceled',0,'1','M-01',1);
INSERT INTO "order_line" VALUES('short',0,'1','M-01',9);
CREATE TABLE policy (
	version VARCHAR NOT NULL, 
	extra_shipment_penalty BIGINT NOT NULL, 
	split_line_penalty BIGINT NOT NULL, 
	may_give_up BOOLEAN NOT NULL, 
	reservation_minutes INTEGER NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	CONSTRAINT pk_policy PRIMARY KEY (version), 
	CONSTRAINT ck_policy_reservation_minutes CHECK (reservation_minutes > 0)
);
INSERT INTO "policy" VALUES('default',500000,250000,0,30,1);
CREATE TABLE rate (
	service VARCHAR NOT NULL, 
	origin VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	per_package BIGINT NOT NULL, 
	per_kg BIGINT NOT NULL, 
	package_limit_grams INTEGER NOT NULL, 
	CONSTRAINT pk_rate PRIMARY KEY (service, origin, zone), 
	CONSTRAINT ck_rate_package_limit_grams CHECK (package_limit_grams > 0), 
	CONSTRAINT fk_rate_origin_node FOREIGN KEY(origin) REFERENCES node (id), 
	CONSTRAINT fk_rate_zone_zone FOREIGN KEY(zone) REFERENCES zone (id)
);
INSERT INTO "rate" VALUES('ground','DC1','UK-SE',3100000,420000,20000);
INSERT INTO "rate" VALUES('ground','DC1','UK-SW',3400000,420000,20000);
INSERT INTO "rate" VALUES('ground','LON1','UK-SE',2600000,420000,20000);
INSERT INTO "rate" VALUES('ground','LON1','UK-SW',3900000,420000,20000);
INSERT INTO "rate" VALUES('ground','BRS1','UK-SE',3500000,420000,20000);
INSERT INTO "rate" VALUES('ground','BRS1','UK-SW',2500000,420000,20000);
CREATE TABLE sales_order (
	id VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	placed_at DATETIME NOT NULL, 
	channel VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	latitude FLOAT, 
	longitude FLOAT, 
	accept_partial BOOLEAN NOT NULL, 
	CONSTRAINT pk_sales_order PRIMARY KEY (id)
);
INSERT INTO "sales_order" VALUES('soft','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','web','UK-SE',NULL,NULL,1);
INSERT INTO "sales_order" VALUES('firm','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','web','UK-SE',NULL,NULL,1);
INSERT INTO "sales_order" VALUES('gone','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','web','UK-SE',NULL,NULL,1);
INSERT INTO "sales_order" VALUES('canceled','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','web','UK-SE',NULL,NULL,1);
INSERT INTO "sales_order" VALUES('short','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','web','UK-SE',NULL,NULL,1);
CREATE TABLE sku (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	weight_grams INTEGER NOT NULL, 
	price BIGINT NOT NULL, 
	unit_cost BIGINT NOT NULL, 
	lost_sale_value BIGINT NOT NULL, 
	case_pack INTEGER NOT NULL, 
	CONSTRAINT pk_sku PRIMARY KEY (id), 
	CONSTRAINT ck_sku_case_pack CHECK (case_pack >= 1), 
	CONSTRAINT ck_sku_weight_grams CHECK (weight_grams >= 0)
);
INSERT INTO "sku" VALUES('K-17','Enamel kettle',900,24990000,9800000,15190000,6);
INSERT INTO "sku" VALUES('T-03','Tea towel',120,6500000,2100000,4400000,12);
INSERT INTO "sku" VALUES('M-01','Mug',350,8250000,3050000,5200000,6);
CREATE TABLE supply (
	id INTEGER NOT NULL, 
	sku VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	earliest DATE NOT NULL, 
	pool VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	quantity INTEGER NOT NULL, 
	reserved INTEGER NOT NULL, 
	safety_stock INTEGER NOT NULL, 
	CONSTRAINT pk_supply PRIMARY KEY (id), 
	CONSTRAINT ck_supply_quantity CHECK (quantity >= 0), 
	CONSTRAINT ck_supply_reserved CHECK (reserved >= 0), 
	CONSTRAINT ck_supply_safety_stock CHECK (safety_stock >= 0), 
	CONSTRAINT uq_supply_sku_node_source_earliest_pool_state UNIQUE (sku, node, source, earliest, pool, state)
);
INSERT INTO "supply" VALUES(1,'K-17','DC1','PO-881','2026-12-01','common','sellable',48,0,0);
INSERT INTO "supply" VALUES(2,'K-17','DC1','on_hand','0001-01-01','common','sellable',40,5,0);
INSERT INTO "supply" VALUES(3,'K-17','LON1','on_hand','0001-01-01','common','sellable',12,0,1);
INSERT INTO "supply" VALUES(4,'M-01','BRS1','on_hand','0001-01-01','common','sellable',5,5,0);
INSERT INTO "supply" VALUES(5,'M-01','LON1','on_hand','0001-01-01','app','sellable',3,0,0);
INSERT INTO "supply" VALUES(6,'T-03','BRS1','on_hand','0001-01-01','common','sellable',7,0,2);
INSERT INTO "supply" VALUES(7,'T-03','DC1','on_hand','0001-01-01','common','sellable',98,4,0);
CREATE TABLE zone (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	latitude FLOAT NOT NULL, 
	longitude FLOAT NOT NULL, 
	CONSTRAINT pk_zone PRIMARY KEY (id)
);
INSERT INTO "zone" VALUES('UK-SE','South East',51.3,-0.8);
INSERT INTO "zone" VALUES('UK-SW','South West',50.9,-3.2);
CREATE INDEX ix_decision_order_id ON decision (order_id, id);
CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);
CREATE INDEX ix_claim_order_id ON claim (order_id);
CREATE INDEX ix_claim_state_expires_at ON claim (state, expires_at);
CREATE INDEX ix_claim_supply_id ON claim (supply_id);
CREATE INDEX ix_entry_order_id ON entry (order_id);
COMMIT;
