"""Residual blocks, one file each, named as in :data:`resnet_viz.spec.BLOCKS`."""
