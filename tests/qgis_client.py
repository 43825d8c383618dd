"""Run by a Python that has QGIS: what QGIS makes of the API and of a GeoPackage, as JSON.

python3 tests/qgis_client.py ADDRESS FILE.gpkg PICTURE.png COLLECTION...
"""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], True)
application.initQgis()
address, file, picture, *names = sys.argv[1:]
found = {}
for name in names:
    uri = f" typename='{name}' url='{address}' version='OGC_API_FEATURES'"
    layer = QgsVectorLayer(uri, name, "OAPIF")
    box = QgsRectangle(layer.extent())
    box.scale(0.3)
    rows = list(layer.getFeatures())
    found[name] = {
        "is_valid": layer.isValid(),
        "count": len(rows),
        "shapes": sum(row.hasGeometry() for row in rows),
        "fields": {field.name(): field.typeName() for field in layer.fields()},
        "box": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()],
        "in_box": len(list(layer.getFeatures(QgsFeatureRequest(box)))),
    }
layer = QgsVectorLayer(f"{file}|layername=rows", "rows", "ogr")
renderer = layer.renderer()
found["style"] = {
    "kind": renderer.type(),
    "colours": {
        category.value(): category.symbol().color().name()
        for category in (renderer.categories() if renderer.type() == "categorizedSymbol" else ())
    },
}
settings = QgsMapSettings()
settings.setLayers([layer])
settings.setOutputSize(QSize(900, 700))
settings.setBackgroundColor(QColor("white"))
settings.setExtent(layer.extent())
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
job.renderedImage().save(picture)
print(json.dumps(found), flush=True)
os._exit(0)  # PyQt may crash while it takes QGIS down
