"""The formats, one file each with an ``EXPORTER``, named as in :data:`resnet_viz.export.registry.FORMATS`."""
