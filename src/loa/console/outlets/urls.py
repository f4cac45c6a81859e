"""The addresses of stations, outlets and the technician's bench."""

from django.urls import path

from loa.console.outlets import commands, edit, listing, outlet_map, pole, stations

patterns = [
    path("kenh/", stations.index, name="channels"),
    path("kenh/dai-moi", stations.station_new, name="station_new"),
    path("kenh/gio-phat", listing.hours, name="hours_many"),
    path("kenh/dai/<uuid:station_id>/", stations.station, name="station"),
    path("kenh/dai/<uuid:station_id>/cum-moi", stations.outlet_new, name="outlet_new"),
    path("kenh/dai/<uuid:station_id>/tem.pdf", pole.label_sheet, name="labels"),
    path("kenh/dai/<uuid:station_id>/tep-ghep", pole.setup_file, name="setup_file"),
    path("kenh/cum/", listing.page, name="outlets"),
    path("kenh/cum/nhieu", listing.many, name="outlets_many"),
    path("kenh/cum/<uuid:outlet_id>/", stations.outlet, name="outlet"),
    path("kenh/cum/<uuid:outlet_id>/sua", edit.edit, name="outlet_edit"),
    path("kenh/cum/<uuid:outlet_id>/go", edit.retire, name="outlet_retire"),
    path("kenh/cum/<uuid:outlet_id>/ma-ghep", stations.claim, name="outlet_claim"),
    path("kenh/cum/<uuid:outlet_id>/thu-hoi", stations.revoke, name="revoke"),
    path("kenh/cum/<uuid:outlet_id>/am-luong", stations.volume, name="volume"),
    path("kenh/cum/<uuid:outlet_id>/lenh", commands.command, name="outlet_command"),
    path("kenh/cum/<uuid:outlet_id>/ghi-chu", commands.note, name="outlet_note"),
    path("kenh/theo-thon/", listing.tree, name="outlet_tree"),
    path("kenh/ban-do/", outlet_map.page, name="outlet_map"),
    path("kenh/ban-do/diem", outlet_map.cells, name="outlet_cells"),
    path("kenh/ban-do/ranh-gioi", outlet_map.edges, name="boundaries"),
    path("kenh/cho-ghep/", pole.waiting, name="waiting"),
    path("kenh/cho-ghep/bo", pole.dismiss, name="knock_dismiss"),
    path("cot/<str:wire_id>/", pole.page, name="pole"),
    path("cot/<str:wire_id>/vi-tri", pole.position, name="pole_position"),
    path("cot/<str:wire_id>/anh", pole.photo, name="pole_photo"),
    path("cot/<str:wire_id>/anh/<str:sha256>", pole.photo_file, name="pole_photo_file"),
    path("cot/<str:wire_id>/ghep", pole.bind, name="pole_bind"),
    path("cot/<str:wire_id>/thu", pole.trial, name="pole_trial"),
    path("cot/<str:wire_id>/nghe", pole.heard, name="pole_heard"),
]
