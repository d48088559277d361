"""Run the compose files on a real container engine.

site         one installation: its folder, its containers, what is asked of them
conftest     the engine, the images, the bundle and the site that is imported from it
"""
