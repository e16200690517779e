"""What a build read and ran on, looked at after it has ended. Nothing on the machine is changed."""
