"""The file-drop adapter: systems that hand cases over as files, in a local folder, by SFTP or by FTP."""
